//! Recursion is guarded: between a `rec` and its `continue` something happens. (SEMANTICS 1.)
//!
//! A message, a local step or a timer guards; a decision alone does not, because it sends nothing
//! and a run could decide for ever. What is kept along a path is one number: the recursions on the
//! stack from that position on are still unguarded.

use std::collections::HashMap;

use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Block, Protocol, RecId, Role, Step};

/// Reports every `continue` that can be reached from its `rec` without anything happening.
pub(super) fn check(protocol: &Protocol, report: &mut Report) {
    let mut walk = Walk {
        roles: &protocol.roles,
        open: HashMap::new(),
        depth: 0,
        report,
    };
    walk.block(&protocol.body, 0);
}

struct Walk<'a> {
    roles: &'a [Role],
    /// The position on the stack of each surrounding recursion.
    open: HashMap<RecId, usize>,
    depth: usize,
    report: &'a mut Report,
}

impl Walk<'_> {
    /// Walks a block that is entered with `floor`: the recursions from that position on are
    /// unguarded. Returns the same for its end, `None` if the end is not reached.
    fn block(&mut self, block: &Block, mut floor: usize) -> Option<usize> {
        for step in &block.steps {
            floor = self.step(step, floor)?;
        }
        Some(floor)
    }

    fn step(&mut self, step: &Step, floor: usize) -> Option<usize> {
        match step {
            Step::Send(_) | Step::Local(_) => Some(self.depth),
            Step::Continue(id, span) => {
                if self.open.get(id).is_some_and(|position| *position >= floor) {
                    let message =
                        "the run goes back to the beginning here, and nothing has happened";
                    self.report.push(
                        Diagnostic::new(codes::E0308, *span, message)
                            .help("send a message or take a local step in each round"),
                    );
                }
                None
            }
            Step::Choice(choice) => {
                let ends = choice.branches.iter();
                ends.filter_map(|branch| self.block(&branch.body, floor))
                    .min()
            }
            Step::Rec(rec) => {
                self.open.insert(rec.id, self.depth);
                self.depth += 1;
                let end = self.block(&rec.body, floor);
                self.depth -= 1;
                self.open.remove(&rec.id);
                end.map(|end| end.min(self.depth))
            }
            Step::Counted(step) => self.block(&step.body, floor),
            Step::Decided(step) => {
                self.block(&step.body, floor);
                Some(floor)
            }
            Step::For(step) => {
                let end = self.block(&step.body, floor)?;
                // A part of a split family may have no members.
                let part = self.roles[step.family.index()].part.is_some();
                Some(if part { floor.min(end) } else { end })
            }
            Step::Par(par) => {
                let ends: Vec<Option<usize>> = par
                    .branches
                    .iter()
                    .map(|branch| self.block(branch, floor))
                    .collect();
                let ends: Option<Vec<usize>> = ends.into_iter().collect();
                ends.map(|ends| ends.into_iter().max().unwrap_or(floor))
            }
            Step::Timeout(step) => {
                let body = self.block(&step.body, floor);
                let otherwise = self.block(&step.otherwise, self.depth);
                body.into_iter().chain(otherwise).min()
            }
        }
    }
}
