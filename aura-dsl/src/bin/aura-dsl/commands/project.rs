//! `aura-dsl project`: local types, states and guards, in every format.

use aura_dsl::compile::Compilation;
use aura_dsl::emit::json::{self, project, report};
use aura_dsl::emit::{Subject, dot, has_role, machine, mermaid, text};

use super::{Diagnostics, each, file, implementable, subjects};
use crate::arguments::{ProjectArgs, ProjectFormat};
use crate::terminal::{Outcome, Terminal};

pub(crate) fn run(args: &ProjectArgs, terminal: &mut Terminal) -> Outcome {
    let role = args.role.as_deref();
    let mut known = role.is_none();
    let mut decided = false;
    let mut visit = |compilation: &Compilation| {
        for (protocol, _) in subjects(compilation) {
            decided = true;
            known |= role.is_some_and(|role| has_role(protocol, role));
        }
    };
    let outcome = match args.format {
        ProjectFormat::Text => written(args, terminal, &mut visit, text::project),
        ProjectFormat::Dot => written(args, terminal, &mut visit, dot::machines),
        ProjectFormat::Mermaid => written(args, terminal, &mut visit, mermaid::diagrams),
        ProjectFormat::Json => as_json(args, terminal, &mut visit),
        ProjectFormat::Machine => as_tables(args, terminal, &mut visit),
    };
    match role {
        Some(role) if decided && !known => {
            terminal.error(&format!("no protocol here has a role `{role}`"));
            outcome.max(Outcome::Usage)
        }
        _ => outcome,
    }
}

fn written(
    args: &ProjectArgs,
    terminal: &mut Terminal,
    visit: &mut impl FnMut(&Compilation),
    write: fn(Subject<'_>, Option<&str>) -> String,
) -> Outcome {
    let (inputs, strictness) = (&args.inputs, &args.strictness);
    let mut first = true;
    each(
        inputs,
        strictness,
        Diagnostics::Shown,
        terminal,
        |_, compilation, terminal| {
            visit(compilation);
            for (_, subject) in subjects(compilation) {
                if let Some(subject) = subject {
                    if !std::mem::replace(&mut first, false) {
                        terminal.result("\n");
                    }
                    terminal.result(&write(subject, args.role.as_deref()));
                }
            }
            Outcome::Fine
        },
    )
}

fn as_json(
    args: &ProjectArgs,
    terminal: &mut Terminal,
    visit: &mut impl FnMut(&Compilation),
) -> Outcome {
    let (inputs, strictness) = (&args.inputs, &args.strictness);
    let mut all = project::Project::default();
    let collected = Diagnostics::Collected;
    let outcome = each(
        inputs,
        strictness,
        collected,
        terminal,
        |input, compilation, _| {
            visit(compilation);
            let decided = |_: usize, subject: Subject<'_>| {
                project::Protocol::new(subject, args.role.as_deref())
            };
            all.files
                .push(file(input, compilation, decided, project::Protocol::failed));
            let found = report::diagnostics(&compilation.sources, &compilation.report);
            all.diagnostics.extend(found);
            Outcome::Fine
        },
    );
    terminal.result(&json::text(&all));
    outcome
}

/// Only what can be run is written: a runtime must not load a machine that gets stuck.
fn as_tables(
    args: &ProjectArgs,
    terminal: &mut Terminal,
    visit: &mut impl FnMut(&Compilation),
) -> Outcome {
    let (inputs, strictness) = (&args.inputs, &args.strictness);
    let mut all = machine::Tables::default();
    let outcome = each(
        inputs,
        strictness,
        Diagnostics::Shown,
        terminal,
        |_, compilation, _| {
            visit(compilation);
            let found = subjects(compilation).filter_map(|(_, subject)| subject);
            let sound = found.filter(implementable);
            all.protocols.extend(sound.map(machine::Protocol::new));
            Outcome::Fine
        },
    );
    terminal.result(&json::text(&all));
    outcome
}
