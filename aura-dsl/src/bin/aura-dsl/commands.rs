//! What the commands have in common: compiling one input after the other.

pub(crate) mod audit;
pub(crate) mod check;
pub(crate) mod diff;
pub(crate) mod explain;
pub(crate) mod export;
pub(crate) mod fmt;
pub(crate) mod generate;
pub(crate) mod import;
pub(crate) mod manual;
mod page;
pub(crate) mod project;
mod sizes;

use std::path::Path;

use aura_dsl::check::Checked;
use aura_dsl::compile::{Compilation, compile_at};
use aura_dsl::diag::render::render;
use aura_dsl::diag::{Diagnostic, Report, Severity, codes};
use aura_dsl::emit::Subject;
use aura_dsl::emit::json::{self, report};
use aura_dsl::escape::visible;
use aura_dsl::global::Protocol;
use aura_dsl::load::Files;
use aura_dsl::source::{Sources, Span};
use aura_dsl::verdict::Verdict;

use crate::arguments::{Deny, Inputs};
use crate::files::{self, Input};
use crate::terminal::{Outcome, Terminal};
use sizes::Sizes;

/// Where diagnostics go.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Diagnostics {
    /// To standard error, for people.
    Shown,
    /// Into the JSON, which the command writes itself.
    Collected,
}

/// Compiles every input at the sizes that were given and hands it to `visit`, with what was
/// compiled of it. A file with a protocol that cannot have these sizes is passed over.
pub(crate) fn each(
    inputs: &Inputs,
    sizes: &mut Sizes,
    diagnostics: Diagnostics,
    terminal: &mut Terminal,
    mut visit: impl FnMut(&Input, &Compilation, &mut Terminal) -> Outcome,
) -> Outcome {
    let mut outcome = Outcome::Fine;
    let found = files::inputs(&inputs.paths, files::PROTOCOLS);
    terminal.begin(found.len());
    for input in found {
        let input = match input {
            Ok(input) => input,
            Err(why) => {
                terminal.error(&why);
                outcome = outcome.max(Outcome::Failed);
                continue;
            }
        };
        terminal.next(&input.shown());
        let compilation = match compile_input(&input, inputs.root.as_deref(), sizes) {
            Ok(compilation) => compilation,
            Err(why) => {
                terminal.error(&why);
                outcome = outcome.max(Outcome::Usage);
                continue;
            }
        };
        if !sizes.all_fit(&compilation) {
            continue;
        }
        if diagnostics == Diagnostics::Shown {
            let text = render(&compilation.sources, &compilation.report, terminal.color());
            terminal.diagnostic(&text);
        }
        outcome = outcome.max(judged(&compilation, inputs.deny));
        outcome = outcome.max(visit(&input, &compilation, terminal));
        if !terminal.heard() {
            break;
        }
    }
    terminal.end();
    outcome
}

/// The JSON of everything that was found; `decided` makes the entry of a protocol, `failed` that of
/// one that has errors.
pub(crate) fn json<P: serde::Serialize>(
    inputs: &Inputs,
    sizes: &mut Sizes,
    terminal: &mut Terminal,
    mut decided: impl FnMut(&Compilation) -> Vec<P>,
    failed: impl Fn(String) -> P,
) -> Outcome {
    let mut all = report::Findings::default();
    let collected = Diagnostics::Collected;
    let outcome = each(
        inputs,
        sizes,
        collected,
        terminal,
        |input, compilation, _| {
            let protocols = if compilation.program.is_some() {
                decided(compilation)
            } else {
                let text = &compilation.sources.file(compilation.root).text;
                report::names(text).into_iter().map(&failed).collect()
            };
            all.files.push(report::File {
                path: input.shown(),
                protocols,
            });
            let found = report::diagnostics(&compilation.sources, &compilation.report);
            all.diagnostics.extend(found);
            Outcome::Fine
        },
    );
    terminal.result(&json::text(&all));
    outcome
}

fn compile_input(input: &Input, root: Option<&Path>, sizes: &Sizes) -> Result<Compilation, String> {
    let path = input.shown();
    Ok(match input.read() {
        Ok(text) => {
            let loader = match input {
                Input::File(path) => Files::of_file(path, root)?,
                Input::Standard => Files::of_text("<stdin>", Path::new(""), root)?,
            };
            compile_at(sizes.given(), &path, loader.key(), &text, &loader)
        }
        Err(why) => unreadable(&path, &why),
    })
}

/// A file that cannot be read is a finding like any other, at its beginning.
fn unreadable(path: &str, why: &str) -> Compilation {
    let mut sources = Sources::default();
    let root = sources.add(path, "");
    let span = Span {
        file: root,
        start: 0,
        end: 0,
    };
    let message = format!("this file cannot be read: {why}");
    let found = Diagnostic::new(codes::E0111, span, message)
        .help("name a regular file with UTF-8 text, a folder, or `-`");
    Compilation {
        sources,
        root,
        report: found.into(),
        program: None,
        protocols: Vec::new(),
    }
}

/// Errors, other verdicts and denied warnings fail.
fn judged(compilation: &Compilation, deny: Option<Deny>) -> Outcome {
    let warned = |report: &Report| {
        let mut codes = report.iter().map(|found| found.code.severity());
        codes.any(|severity| severity == Severity::Warning)
    };
    let refused = subjects(compilation)
        .any(|(_, subject)| !subject.is_some_and(|found| implementable(&found)));
    let denied = deny.is_some() && warned(&compilation.report);
    Outcome::failed_if(refused || denied || compilation.report.has_errors())
}

pub(crate) fn implementable(subject: &Subject<'_>) -> bool {
    subject.decision.verdict == Verdict::Implementable
}

/// The protocols of a compilation, with what was found out where that was possible.
pub(crate) fn subjects(
    compilation: &Compilation,
) -> impl Iterator<Item = (&Protocol, Option<Subject<'_>>)> {
    let protocols = compilation.program.iter().flat_map(Checked::protocols);
    protocols
        .zip(&compilation.protocols)
        .map(|(protocol, compiled)| {
            let subject = compiled.as_ref().map(|compiled| Subject {
                sources: &compilation.sources,
                protocol,
                decision: &compiled.decision,
                locals: compiled.locals.as_ref(),
            });
            (protocol, subject)
        })
}

/// The difference between two texts in the unified format; nothing for equal ones.
pub(crate) fn difference(path: &str, before: &str, after: &str) -> String {
    if before == after {
        return String::new();
    }
    let diff = similar::TextDiff::from_lines(before, after);
    let (old, new) = (
        format!("{path} (as it is)"),
        format!("{path} (as it should be)"),
    );
    let text = diff
        .unified_diff()
        .context_radius(3)
        .header(&old, &new)
        .to_string();
    let lines = text.lines().flat_map(|line| [visible(line), "\n".into()]);
    lines.collect()
}
