//! `aura-dsl project`: local types, states and guards, in every format.

use std::collections::BTreeMap;

use aura_dsl::compile::Compilation;
use aura_dsl::emit::html::Page;
use aura_dsl::emit::json::{project, text as json_text};
use aura_dsl::emit::{Subject, dot, has_role, machine, mermaid, svg, text};

use super::sizes::Sizes;
use super::{Diagnostics, each, implementable, json, page, subjects};
use crate::arguments::{ProjectArgs, ProjectFormat};
use crate::files::Input;
use crate::terminal::{Outcome, Terminal};

/// What a run of the command looks for.
struct Job<'a> {
    args: &'a ProjectArgs,
    sizes: Sizes<'a>,
    /// Whether the role was found, and whether there was a protocol to find it in.
    known: bool,
    decided: bool,
}

pub(crate) fn run(args: &ProjectArgs, terminal: &mut Terminal) -> Outcome {
    let mut job = Job {
        args,
        sizes: Sizes::new(&args.sizes.sizes),
        known: args.role.is_none(),
        decided: false,
    };
    let mut outcome = match args.format {
        ProjectFormat::Text => job.written(terminal, text::project),
        ProjectFormat::Dot => job.written(terminal, dot::machines),
        ProjectFormat::Mermaid => job.written(terminal, mermaid::diagrams),
        ProjectFormat::Json => job.as_json(terminal),
        ProjectFormat::Machine => job.as_tables(terminal),
        ProjectFormat::Svg => job.as_pictures(terminal),
        ProjectFormat::Html => job.as_page(terminal),
    };
    if let (Some(role), true, false) = (&args.role, job.decided, job.known) {
        terminal.error(&format!("no protocol here has a role `{role}`"));
        outcome = outcome.max(Outcome::Usage);
    }
    outcome.max(job.sizes.judged(terminal))
}

/// Notes whether the role that is looked for is in a text.
fn look(compilation: &Compilation, role: Option<&str>, known: &mut bool, decided: &mut bool) {
    for (protocol, _) in subjects(compilation) {
        *decided = true;
        *known |= role.is_some_and(|role| has_role(protocol, role));
    }
}

impl Job<'_> {
    /// Visits every text that could be read, after its diagnostics, and looks for the role in it.
    fn walk(
        &mut self,
        terminal: &mut Terminal,
        mut visit: impl FnMut(&Input, &Compilation, &mut Terminal),
    ) -> Outcome {
        let (inputs, role) = (&self.args.inputs, self.args.role.as_deref());
        let (known, decided) = (&mut self.known, &mut self.decided);
        let (sizes, shown) = (&mut self.sizes, Diagnostics::Shown);
        each(inputs, sizes, shown, terminal, |input, found, terminal| {
            look(found, role, known, decided);
            visit(input, found, terminal);
            Outcome::Fine
        })
    }

    /// Visits every protocol that was decided.
    fn protocols(
        &mut self,
        terminal: &mut Terminal,
        mut visit: impl FnMut(Subject<'_>, &mut Terminal),
    ) -> Outcome {
        self.walk(terminal, |_, compilation, terminal| {
            for subject in subjects(compilation).filter_map(|(_, subject)| subject) {
                visit(subject, terminal);
            }
        })
    }

    fn written(
        &mut self,
        terminal: &mut Terminal,
        write: fn(Subject<'_>, Option<&str>) -> String,
    ) -> Outcome {
        let role = self.args.role.as_deref();
        let mut first = true;
        self.protocols(terminal, |subject, terminal| {
            if !std::mem::replace(&mut first, false) {
                terminal.result("\n");
            }
            terminal.result(&write(subject, role));
        })
    }

    fn as_json(&mut self, terminal: &mut Terminal) -> Outcome {
        let (inputs, role) = (&self.args.inputs, self.args.role.as_deref());
        let (known, decided) = (&mut self.known, &mut self.decided);
        let entries = |compilation: &_| {
            look(compilation, role, known, decided);
            subjects(compilation)
                .map(|(protocol, subject)| match subject {
                    Some(subject) => project::Protocol::new(subject, role),
                    None => project::Protocol::failed(protocol.name.clone()),
                })
                .collect()
        };
        let failed = project::Protocol::failed;
        json(inputs, &mut self.sizes, terminal, entries, failed)
    }

    /// All pictures of all texts, in one document.
    fn as_pictures(&mut self, terminal: &mut Terminal) -> Outcome {
        let role = self.args.role.as_deref();
        let mut all = Vec::new();
        let outcome = self.protocols(terminal, |subject, _| {
            all.extend(svg::pictures(subject, role));
        });
        terminal.result(&svg::document(&all));
        outcome
    }

    fn as_page(&mut self, terminal: &mut Terminal) -> Outcome {
        let role = self.args.role.as_deref();
        let mut page = Page::default();
        let outcome = self.walk(terminal, |input, compilation, _| {
            let none = BTreeMap::new();
            page::add(&mut page, input, compilation, role, &none, |_| true);
        });
        terminal.result(&page.finish());
        outcome
    }

    /// Only what can be run is written: a runtime must not load a machine that gets stuck.
    fn as_tables(&mut self, terminal: &mut Terminal) -> Outcome {
        let mut all = machine::Tables::default();
        let outcome = self.protocols(terminal, |subject, _| {
            if implementable(&subject) {
                all.protocols.push(machine::Protocol::new(subject));
            }
        });
        terminal.result(&json_text(&all));
        outcome
    }
}
