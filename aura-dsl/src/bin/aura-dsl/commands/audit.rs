//! `aura-dsl audit`: authority, costs, leakage, facts and contexts, and the `audit.txt` beside a
//! protocol, which says what was accepted.

use std::collections::{BTreeMap, BTreeSet};

use aura_dsl::audit::{Audit, resilience};
use aura_dsl::compile::{Compilation, Compiled};
use aura_dsl::emit::json::{self, audit, report};
use aura_dsl::emit::{Subject, audit::audit as text};
use aura_dsl::global::{Protocol, SizeId};

use super::{Diagnostics, difference, each, file, subjects};
use crate::arguments::{AuditArgs, ReportFormat};
use crate::files::{self, Input};
use crate::terminal::{Outcome, Terminal};

/// The accepted audit's name, in the folder of the protocol.
const ACCEPTED: &str = "audit.txt";

pub(crate) fn run(args: &AuditArgs, terminal: &mut Terminal) -> Outcome {
    let mut sizes = Sizes::new(&args.sizes);
    let outcome = match args.format {
        ReportFormat::Text => as_text(args, &mut sizes, terminal),
        ReportFormat::Json => as_json(args, &mut sizes, terminal),
    };
    outcome.max(sizes.judged(terminal))
}

fn as_text(args: &AuditArgs, sizes: &mut Sizes, terminal: &mut Terminal) -> Outcome {
    let (inputs, strictness) = (&args.inputs, &args.strictness);
    let mut first = true;
    each(
        inputs,
        strictness,
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
    let (inputs, strictness) = (&args.inputs, &args.strictness);
    let mut all = audit::Audits::default();
    let collected = Diagnostics::Collected;
    let outcome = each(
        inputs,
        strictness,
        collected,
        terminal,
        |input, compilation, _| {
            let audits = audited(compilation, sizes);
            let decided = |at: usize, subject: Subject<'_>| match &audits[at] {
                Some((_, audit)) => audit::Protocol::new(subject, audit),
                None => audit::Protocol::failed(subject.protocol.name.clone()),
            };
            let entry = file(input, compilation, decided, audit::Protocol::failed);
            all.files.push(entry);
            let found = report::diagnostics(&compilation.sources, &compilation.report);
            all.diagnostics.extend(found);
            Outcome::Fine
        },
    );
    terminal.result(&json::text(&all));
    outcome
}

/// By protocol: the audit at the sizes that were given.
fn audited<'a>(
    compilation: &'a Compilation,
    sizes: &mut Sizes,
) -> Vec<Option<(Subject<'a>, Audit)>> {
    let compiled = compilation.protocols.iter().map(Option::as_ref);
    subjects(compilation)
        .zip(compiled)
        .map(|((protocol, subject), compiled)| {
            let compiled: &Compiled = compiled?;
            let given = sizes.of(protocol);
            let mut audit = aura_dsl::audit::audit(protocol).at(&given);
            audit.resilience = Some(resilience(protocol, &compiled.automata));
            Some((subject?, audit))
        })
        .collect()
}

/// The sizes that were given, and what became of them.
struct Sizes<'a> {
    given: &'a [(String, u64)],
    used: BTreeSet<&'a str>,
    wrong: Vec<String>,
    /// Whether there was a protocol that could have used one.
    asked: bool,
}

impl<'a> Sizes<'a> {
    fn new(given: &'a [(String, u64)]) -> Self {
        Self {
            given,
            used: BTreeSet::new(),
            wrong: Vec::new(),
            asked: false,
        }
    }

    fn of(&mut self, protocol: &Protocol) -> BTreeMap<SizeId, u64> {
        self.asked = true;
        let mut sizes = BTreeMap::new();
        for (at, symbol) in protocol.sizes.iter().enumerate() {
            let Some((name, value)) = self.given.iter().find(|(name, _)| *name == symbol.name)
            else {
                continue;
            };
            self.used.insert(name);
            sizes.insert(SizeId::of(at), *value);
            if *value < symbol.at_least {
                let (protocol, least) = (&protocol.name, symbol.at_least);
                let wrong = format!("{name}={value}: in {protocol} it is at least {least}");
                self.wrong.push(wrong);
            }
        }
        for (at, symbol) in protocol.sizes.iter().enumerate() {
            let Some(value) = sizes.get(&SizeId::of(at)) else {
                continue;
            };
            for most in &symbol.at_most {
                if let Some(most) = most.at(&sizes).filter(|most| value > most) {
                    let (name, protocol) = (&symbol.name, &protocol.name);
                    let wrong = format!("{name}={value}: in {protocol} it is at most {most}");
                    self.wrong.push(wrong);
                }
            }
        }
        sizes
    }

    fn judged(mut self, terminal: &mut Terminal) -> Outcome {
        for (name, _) in self.given {
            if self.asked && !self.used.contains(name.as_str()) {
                self.wrong
                    .push(format!("no protocol here has a size `{name}`"));
            }
        }
        for wrong in &self.wrong {
            terminal.error(wrong);
        }
        if self.wrong.is_empty() {
            Outcome::Fine
        } else {
            Outcome::Usage
        }
    }
}
