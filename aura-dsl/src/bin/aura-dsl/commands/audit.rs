//! `aura-dsl audit`: authority, costs, leakage, facts and contexts, and the `audit.txt` beside a
//! protocol, which says what was accepted.

use aura_dsl::audit::{Audit, resilience};
use aura_dsl::compile::{Compilation, Compiled};
use aura_dsl::emit::html::Page;
use aura_dsl::emit::json::audit;
use aura_dsl::emit::{Subject, audit::audit as text};

use super::sizes::Sizes;
use super::{Diagnostics, difference, each, json, page, subjects};
use crate::arguments::{AuditArgs, AuditFormat};
use crate::files::{self, Input};
use crate::terminal::{Outcome, Terminal};

/// The accepted audit's name, in the folder of the protocol.
const ACCEPTED: &str = "audit.txt";

pub(crate) fn run(args: &AuditArgs, terminal: &mut Terminal) -> Outcome {
    let mut sizes = Sizes::new(&args.sizes.sizes);
    let outcome = match args.format {
        AuditFormat::Text => as_text(args, &mut sizes, terminal),
        AuditFormat::Json => as_json(args, &mut sizes, terminal),
        AuditFormat::Html => as_page(args, &mut sizes, terminal),
    };
    outcome.max(sizes.judged(terminal))
}

fn as_text(args: &AuditArgs, sizes: &mut Sizes, terminal: &mut Terminal) -> Outcome {
    let mut first = true;
    each(
        &args.inputs,
        &mut Sizes::none(),
        Diagnostics::Shown,
        terminal,
        |input, compilation, terminal| {
            let audits: Vec<_> = audited(compilation, sizes)
                .into_iter()
                .flatten()
                .map(|(subject, audit)| text(subject, &audit))
                .collect();
            if audits.is_empty() {
                return Outcome::Fine;
            }
            let whole = audits.join("\n");
            if args.check || args.write {
                return accepted(input, &whole, args.write, terminal);
            }
            if !std::mem::replace(&mut first, false) {
                terminal.result("\n");
            }
            terminal.result(&whole);
            Outcome::Fine
        },
    )
}

/// Compares with what was accepted, or accepts.
fn accepted(input: &Input, audit: &str, write: bool, terminal: &mut Terminal) -> Outcome {
    let Input::File(path) = input else {
        terminal.error("standard input has no folder for an audit.txt");
        return Outcome::Usage;
    };
    let beside = path.with_file_name(ACCEPTED);
    let shown = beside.to_string_lossy();
    if write {
        let same = files::read(&beside).is_ok_and(|before| before == audit);
        let written = if same {
            Ok(())
        } else {
            super::fmt::replace(&beside, audit)
        };
        return match written {
            Ok(()) => Outcome::Fine,
            Err(why) => {
                terminal.error(&format!("cannot write {shown}: {why}"));
                Outcome::Failed
            }
        };
    }
    match files::read(&beside) {
        Ok(before) => {
            terminal.result(&difference(&shown, &before, audit));
            Outcome::failed_if(before != audit)
        }
        Err(why) => {
            terminal.error(&format!(
                "cannot read {shown}: {why}; `--write` accepts the audit"
            ));
            Outcome::Failed
        }
    }
}

fn as_json(args: &AuditArgs, sizes: &mut Sizes, terminal: &mut Terminal) -> Outcome {
    let entries = |compilation: &_| {
        subjects(compilation)
            .zip(audited(compilation, sizes))
            .map(|((protocol, _), audit)| match audit {
                Some((subject, audit)) => audit::Protocol::new(subject, &audit),
                None => audit::Protocol::failed(protocol.name.clone()),
            })
            .collect()
    };
    let failed = audit::Protocol::failed;
    json(&args.inputs, &mut Sizes::none(), terminal, entries, failed)
}

fn as_page(args: &AuditArgs, sizes: &mut Sizes, terminal: &mut Terminal) -> Outcome {
    let mut page = Page::default();
    let given = sizes.given().clone();
    let outcome = each(
        &args.inputs,
        &mut Sizes::none(),
        Diagnostics::Shown,
        terminal,
        |input, compilation, _| {
            let fits = |subject: &Subject<'_>| sizes.of(subject.protocol).is_some();
            page::add(&mut page, input, compilation, None, &given, fits);
            Outcome::Fine
        },
    );
    terminal.result(&page.finish());
    outcome
}

/// By protocol: the audit, which holds for all sizes, at those that were given.
fn audited<'a>(
    compilation: &'a Compilation,
    sizes: &mut Sizes,
) -> Vec<Option<(Subject<'a>, Audit)>> {
    let compiled = compilation.protocols.iter().map(Option::as_ref);
    subjects(compilation)
        .zip(compiled)
        .map(|((protocol, subject), compiled)| {
            let compiled: &Compiled = compiled?;
            let given = sizes.of(protocol)?;
            let mut audit = aura_dsl::audit::audit(protocol).at(&given);
            audit.resilience = Some(resilience(protocol, &compiled.automata));
            Some((subject?, audit))
        })
        .collect()
}
