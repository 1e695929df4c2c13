//! The sizes that `--sizes` gives, and what became of each of them.
//!
//! What holds: a protocol is never shown at sizes that it cannot have, and a size that fits no
//! protocol is never passed over in silence.

use std::collections::{BTreeMap, BTreeSet};

use aura_dsl::compile::Compilation;
use aura_dsl::global::{Protocol, SizeId, WrongSize};

use super::subjects;
use crate::terminal::{Outcome, Terminal};

pub(crate) struct Sizes<'a> {
    written: &'a [(String, u64)],
    given: BTreeMap<String, u64>,
    used: BTreeSet<String>,
    /// What does not fit: the part of the flag, and why.
    wrong: BTreeSet<(usize, String)>,
    /// Whether there was a protocol that could have used one.
    asked: bool,
}

impl<'a> Sizes<'a> {
    pub(crate) fn new(written: &'a [(String, u64)]) -> Self {
        let mut given = BTreeMap::new();
        let mut wrong = BTreeSet::new();
        for (at, (name, value)) in written.iter().enumerate() {
            if given.insert(name.clone(), *value).is_some() {
                wrong.insert((at, format!("`{name}` is given twice")));
            }
        }
        Self {
            written,
            given,
            used: BTreeSet::new(),
            wrong,
            asked: false,
        }
    }

    /// No size at all: what is compiled holds for every one.
    pub(crate) fn none() -> Self {
        Self::new(&[])
    }

    /// By name.
    pub(crate) fn given(&self) -> &BTreeMap<String, u64> {
        &self.given
    }

    /// Those that a protocol has, or nothing where one of them does not fit.
    pub(crate) fn of(&mut self, protocol: &Protocol) -> Option<BTreeMap<SizeId, u64>> {
        self.asked = true;
        let names = protocol.sizes.iter().map(|symbol| &symbol.name);
        let used = names.filter(|name| self.given.contains_key(*name)).cloned();
        self.used.extend(used);
        match protocol.sizes_among(&self.given) {
            Ok(sizes) => Some(sizes),
            Err(wrong) => {
                for wrong in wrong {
                    let message = bounds(&wrong, &protocol.name);
                    self.complain(&wrong.name, message);
                }
                None
            }
        }
    }

    /// The same for all protocols of a file that was compiled at these sizes.
    pub(crate) fn all_fit(&mut self, compilation: &Compilation) -> bool {
        let mut fit = true;
        for (protocol, _) in subjects(compilation) {
            fit &= self.of(protocol).is_some();
        }
        fit
    }

    fn complain(&mut self, name: &str, message: String) {
        let at = self.written.iter().position(|(given, _)| given == name);
        self.wrong.insert((at.unwrap_or_default(), message));
    }

    /// Says what did not fit, with the place in the flag.
    pub(crate) fn judged(mut self, terminal: &mut Terminal) -> Outcome {
        for (at, (name, _)) in self.written.iter().enumerate() {
            if self.asked && !self.used.contains(name) {
                self.wrong
                    .insert((at, format!("no protocol here has a size `{name}`")));
            }
        }
        for (at, message) in &self.wrong {
            terminal.error_at(message, &self.place(*at));
        }
        if self.wrong.is_empty() {
            Outcome::Fine
        } else {
            Outcome::Usage
        }
    }

    /// The flag with a mark below one of its parts.
    fn place(&self, at: usize) -> String {
        let part = |(name, value): &(String, u64)| format!("{name}={value}");
        let parts: Vec<String> = self.written.iter().map(part).collect();
        let width = |text: &str| text.chars().count();
        let before: usize = parts[..at].iter().map(|part| width(part) + 1).sum();
        let flag = "--sizes ";
        format!(
            "{flag}{}\n{}{}",
            parts.join(","),
            " ".repeat(width(flag) + before),
            "^".repeat(width(&parts[at]))
        )
    }
}

fn bounds(wrong: &WrongSize, protocol: &str) -> String {
    let (name, (least, most)) = (&wrong.name, wrong.bounds);
    match most {
        Some(most) if most < least => format!("`{name}` fits no size of `{protocol}`"),
        Some(most) if most == least => format!("`{name}` is {least} in `{protocol}`"),
        Some(most) => format!("`{name}` is from {least} to {most} in `{protocol}`"),
        None => format!("`{name}` is at least {least} in `{protocol}`"),
    }
}
