//! `aura-dsl diff`: two versions of a text, protocol by protocol.
//!
//! Protocols belong together by their names. Where one is left on each side it was renamed.

use std::path::Path;

use aura_dsl::check::Checked;
use aura_dsl::compile::Compilation;
use aura_dsl::diag::render::render;
use aura_dsl::diff::json::{Differences, Protocol};
use aura_dsl::diff::{Difference, Side, diff, text};
use aura_dsl::emit::Subject;
use aura_dsl::emit::json;

use super::sizes::Sizes;
use super::{compile_input, subjects};
use crate::arguments::{DiffArgs, FailOn, ReportFormat};
use crate::files::Input;
use crate::terminal::{Outcome, Terminal};

pub(crate) fn run(args: &DiffArgs, terminal: &mut Terminal) -> Outcome {
    if args.old == Path::new("-") && args.new == Path::new("-") {
        terminal.error("one of the two may be standard input, not both");
        return Outcome::Usage;
    }
    let old = version(&args.old, args, terminal);
    let new = version(&args.new, args, terminal);
    let (Some(old), Some(new)) = (old, new) else {
        return Outcome::Usage;
    };
    let found = compared(&old, &new);
    match args.format {
        ReportFormat::Text => terminal.result(&shown(&found)),
        ReportFormat::Json => terminal.result(&json::text(&found.json())),
    }
    Outcome::failed_if(match args.fail_on {
        FailOn::Weakened => found.breaking() || found.weakened(),
        FailOn::Breaking => found.breaking(),
    })
}

/// One of the two, without errors. A verdict is none: that it got worse is a change.
fn version(path: &Path, args: &DiffArgs, terminal: &mut Terminal) -> Option<Compilation> {
    let input = if path == Path::new("-") {
        Input::Standard
    } else {
        Input::File(path.to_owned())
    };
    let compilation = match compile_input(&input, args.root.as_deref(), &Sizes::none()) {
        Ok(compilation) => compilation,
        Err(why) => {
            terminal.error(&why);
            return None;
        }
    };
    let whole = compilation.program.is_some() && compilation.protocols.iter().all(Option::is_some);
    if !whole {
        let report = render(&compilation.sources, &compilation.report, terminal.color());
        terminal.diagnostic(&report);
        return None;
    }
    Some(compilation)
}

#[derive(Default)]
struct Compared {
    differences: Vec<Difference>,
    removed: Vec<String>,
    added: Vec<String>,
}

impl Compared {
    fn breaking(&self) -> bool {
        !self.removed.is_empty() || self.differences.iter().any(Difference::breaking)
    }

    fn weakened(&self) -> bool {
        self.differences.iter().any(Difference::weakened)
    }

    fn json(&self) -> Differences {
        let same = self.differences.iter().all(Difference::is_empty) && self.added.is_empty();
        Differences {
            outcome: match (self.breaking(), self.weakened()) {
                (true, _) => "breaking",
                (false, true) => "weakened",
                (false, false) if same => "same",
                (false, false) => "compatible",
            },
            protocols: self.differences.iter().map(Protocol::new).collect(),
            removed: self.removed.clone(),
            added: self.added.clone(),
        }
    }
}

fn compared(old: &Compilation, new: &Compilation) -> Compared {
    let (before, after) = (sides(old), sides(new));
    let same = |a: &Side<'_>, b: &Side<'_>| a.subject.protocol.name == b.subject.protocol.name;
    let alone = |all: &[Side<'_>], others: &[Side<'_>]| -> Vec<usize> {
        let known = |side: &Side<'_>| others.iter().any(|other| same(side, other));
        (0..all.len()).filter(|at| !known(&all[*at])).collect()
    };
    let (gone, come) = (alone(&before, &after), alone(&after, &before));
    let renamed = match (gone.as_slice(), come.as_slice()) {
        ([a], [b]) => Some((*a, *b)),
        _ => None,
    };
    let mut found = Compared::default();
    for (at, side) in after.iter().enumerate() {
        let twin = before.iter().find(|other| same(side, other));
        let renamed = renamed.filter(|(_, b)| *b == at).map(|(a, _)| &before[a]);
        match twin.or(renamed) {
            Some(twin) => found.differences.push(diff(*twin, *side)),
            None => found.added.push(side.subject.protocol.name.clone()),
        }
    }
    if renamed.is_none() {
        let names = gone
            .iter()
            .map(|at| before[*at].subject.protocol.name.clone());
        found.removed.extend(names);
    }
    found
}

fn sides(compilation: &Compilation) -> Vec<Side<'_>> {
    let program = compilation.program.as_ref().map(Checked::program);
    let types = program.map_or(&[][..], |program| &program.types);
    let known = subjects(compilation).filter_map(|(_, subject): (_, Option<Subject<'_>>)| subject);
    known.map(|subject| Side { subject, types }).collect()
}

fn shown(found: &Compared) -> String {
    let mut parts: Vec<String> = found.differences.iter().map(text::text).collect();
    let lines = |names: &[String], what: &str| -> String {
        let lines: Vec<_> = names
            .iter()
            .map(|name| format!("{name}  ({what})\n"))
            .collect();
        lines.concat()
    };
    let rest = lines(&found.removed, "removed") + &lines(&found.added, "added");
    if !rest.is_empty() {
        parts.push(rest);
    }
    parts.join("\n")
}
