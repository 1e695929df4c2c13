//! `aura-dsl check`: verdicts.

use aura_dsl::emit::json::report::Protocol;
use aura_dsl::emit::text;

use super::sizes::Sizes;
use super::{Diagnostics, each, json, subjects};
use crate::arguments::{CheckArgs, ReportFormat};
use crate::terminal::{Outcome, Terminal};

pub(crate) fn run(args: &CheckArgs, terminal: &mut Terminal) -> Outcome {
    let mut sizes = Sizes::new(&args.sizes.sizes);
    let outcome = match args.format {
        ReportFormat::Text => as_text(args, &mut sizes, terminal),
        ReportFormat::Json => as_json(args, &mut sizes, terminal),
    };
    outcome.max(sizes.judged(terminal))
}

fn as_text(args: &CheckArgs, sizes: &mut Sizes, terminal: &mut Terminal) -> Outcome {
    let shown = Diagnostics::Shown;
    each(
        &args.inputs,
        sizes,
        shown,
        terminal,
        |_, compilation, terminal| {
            for (_, subject) in subjects(compilation) {
                if let Some(subject) = subject {
                    terminal.result(&text::check(subject));
                }
            }
            Outcome::Fine
        },
    )
}

fn as_json(args: &CheckArgs, sizes: &mut Sizes, terminal: &mut Terminal) -> Outcome {
    let decided = |compilation: &_| {
        subjects(compilation)
            .map(|(protocol, subject)| match subject {
                Some(subject) => Protocol::decided(subject),
                None => Protocol::failed(protocol.name.clone()),
            })
            .collect()
    };
    json(&args.inputs, sizes, terminal, decided, Protocol::failed)
}
