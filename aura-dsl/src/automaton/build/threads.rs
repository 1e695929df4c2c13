//! `par`: a role in several branches becomes a thread in each (SEMANTICS 2).
//!
//! The encoding forks all threads, runs the branches one after another and joins. The branches
//! are then disjoint in roles, so this order stands for every interleaving, and the size is the
//! sum of the branches' sizes. A branch without an exit comes last; nothing joins behind it.

use std::collections::{BTreeMap, BTreeSet};

use super::super::alphabet::{Mark, Process, ProcessId, Signature, What};
use super::super::graph::StateId;
use super::{Builder, Place};
use crate::global::{Block, Par, Party, Step};

impl Builder<'_> {
    pub(super) fn par(&mut self, par: &Par, next: StateId, place: &Place) -> StateId {
        let taking_part: Vec<BTreeSet<ProcessId>> = par
            .branches
            .iter()
            .map(|branch| {
                let mut found = BTreeSet::new();
                self.participants(branch, &mut found);
                found
            })
            .collect();
        let mut count: BTreeMap<ProcessId, usize> = BTreeMap::new();
        for process in taking_part.iter().flatten() {
            *count.entry(*process).or_default() += 1;
        }
        let mut threads: Vec<(usize, ProcessId, ProcessId)> = Vec::new();
        let mut places = Vec::new();
        for (branch, found) in taking_part.iter().enumerate() {
            let mut inside = place.clone();
            for process in found.iter().filter(|process| count[process] > 1) {
                let outer = place.threads.get(process).copied().unwrap_or(*process);
                let mut thread: Process = self.processes.values()[outer.index()].clone();
                thread.thread.push((par.id, branch));
                let thread = ProcessId(self.processes.intern(thread));
                inside.threads.insert(*process, thread);
                threads.push((branch, outer, thread));
            }
            places.push(inside);
        }
        threads.sort_by_key(|(branch, outer, _)| (*outer, *branch));

        // The step reaches over all branches; what is told of the fork stands on its first word.
        let keyword = par.span.first(3);
        let mut entry = next;
        for (branch, outer, thread) in threads.iter().rev() {
            let what = What::Join(par.id, *branch);
            entry = self.link(*thread, *outer, what, keyword, entry, place);
        }
        let mut order: Vec<usize> = (0..par.branches.len()).collect();
        order.sort_by_key(|branch| !falls_through(&par.branches[*branch]));
        for branch in order.into_iter().rev() {
            entry = self.block(&par.branches[branch], entry, &places[branch]);
        }
        for (branch, outer, thread) in threads.iter().rev() {
            let what = What::Fork(par.id, *branch);
            entry = self.link(*outer, *thread, what, keyword, entry, place);
        }
        entry
    }

    fn link(
        &mut self,
        from: ProcessId,
        to: ProcessId,
        what: What,
        span: crate::source::Span,
        next: StateId,
        place: &Place,
    ) -> StateId {
        let entry = self.draft.state();
        let signature = Signature {
            from,
            to: Some(to),
            what,
            mark: Mark::Plain,
            scope: place.scope(),
            send: None,
        };
        self.edge(entry, signature, span, next);
        entry
    }

    fn participants(&mut self, block: &Block, found: &mut BTreeSet<ProcessId>) {
        for step in &block.steps {
            match step {
                Step::Send(send) => {
                    let protocol = self.protocol;
                    let send = &protocol.sends[send.index()];
                    self.take_part(&send.from, found);
                    self.take_part(&send.to, found);
                }
                Step::Choice(choice) => {
                    self.take_part(&choice.decider, found);
                    for branch in &choice.branches {
                        self.participants(&branch.body, found);
                    }
                }
                Step::Counted(counted) => self.participants(&counted.body, found),
                Step::Decided(decided) => {
                    self.take_part(&decided.decider, found);
                    self.participants(&decided.body, found);
                }
                Step::For(each) => self.participants(&each.body, found),
                Step::Rec(rec) => self.participants(&rec.body, found),
                Step::Continue(..) => {}
                Step::Par(par) => {
                    for branch in &par.branches {
                        self.participants(branch, found);
                    }
                }
                Step::Timeout(timeout) => {
                    self.take_part(&timeout.decider, found);
                    self.participants(&timeout.body, found);
                    self.participants(&timeout.otherwise, found);
                }
                Step::Local(local) => {
                    let protocol = self.protocol;
                    self.take_part(&protocol.locals[local.index()].at, found);
                }
            }
        }
    }

    /// Members are counted without regard to the round: which of them a round names does not
    /// change which branches its family takes part in.
    fn take_part(&mut self, party: &Party, found: &mut BTreeSet<ProcessId>) {
        let whole = match party.members {
            crate::global::Members::Index(_) => Party {
                members: crate::global::Members::All,
                ..party.clone()
            },
            _ => party.clone(),
        };
        found.extend(self.members(&whole, &Place::default()));
    }
}

/// Whether a run can come out behind a block, rather than continue a recursion around it.
fn falls_through(block: &Block) -> bool {
    block.steps.iter().all(|step| match step {
        Step::Continue(..) => false,
        Step::Choice(choice) => choice
            .branches
            .iter()
            .any(|branch| falls_through(&branch.body)),
        Step::Timeout(timeout) => falls_through(&timeout.body) || falls_through(&timeout.otherwise),
        Step::Rec(rec) => falls_through(&rec.body),
        Step::Counted(counted) => falls_through(&counted.body),
        Step::For(each) => falls_through(&each.body),
        Step::Par(par) => par.branches.iter().all(falls_through),
        Step::Decided(_) | Step::Send(_) | Step::Local(_) => true,
    })
}
