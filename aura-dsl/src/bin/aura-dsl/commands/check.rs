//! `aura-dsl check`: verdicts.

use aura_dsl::emit::json::{self, report};
use aura_dsl::emit::{Subject, text};

use super::{Diagnostics, each, file, subjects};
use crate::arguments::{CheckArgs, ReportFormat};
use crate::terminal::{Outcome, Terminal};

pub(crate) fn run(args: &CheckArgs, terminal: &mut Terminal) -> Outcome {
    match args.format {
        ReportFormat::Text => as_text(args, terminal),
        ReportFormat::Json => as_json(args, terminal),
    }
}

fn as_text(args: &CheckArgs, terminal: &mut Terminal) -> Outcome {
    let (inputs, strictness) = (&args.inputs, &args.strictness);
    each(
        inputs,
        strictness,
        Diagnostics::Shown,
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

fn as_json(args: &CheckArgs, terminal: &mut Terminal) -> Outcome {
    let (inputs, strictness) = (&args.inputs, &args.strictness);
    let mut all = report::Check::default();
    let collected = Diagnostics::Collected;
    let outcome = each(
        inputs,
        strictness,
        collected,
        terminal,
        |input, compilation, _| {
            let decided = |_: usize, subject: Subject<'_>| report::Protocol::decided(subject);
            all.files
                .push(file(input, compilation, decided, report::Protocol::failed));
            let found = report::diagnostics(&compilation.sources, &compilation.report);
            all.diagnostics.extend(found);
            Outcome::Fine
        },
    );
    terminal.result(&json::text(&all));
    outcome
}
