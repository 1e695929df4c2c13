//! Timers: from the decision behind a guarded segment to a mark on the states of the segment.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::super::subsets::{View, ViewStep};
use super::chains::peer;
use super::{Folder, Unfoldable};
use crate::automaton::alphabet::{Alphabet, Mark, What};
use crate::global::TimerId;
use crate::local::Peer;

/// A state of a guarded segment.
#[derive(Clone, Copy)]
pub(super) struct Region {
    pub(super) timer: TimerId,
    /// The step by which the decider gives up.
    pub(super) late: ViewStep,
}

/// The states of all guarded segments.
pub(super) struct Regions(FxHashMap<usize, Region>);

impl Regions {
    pub(super) fn of(&self, state: usize) -> Option<Region> {
        self.0.get(&state).copied()
    }
}

/// Finds the states between the start of each timer and its decision.
pub(super) fn regions(alphabet: &Alphabet, view: &View) -> Regions {
    let mut found = FxHashMap::default();
    for state in &view.states {
        for step in &state.steps {
            if let What::Arm(timer) = alphabet.signature(step.signature).what {
                segment(alphabet, view, timer, step.to, &mut found);
            }
        }
    }
    Regions(found)
}

fn segment(
    alphabet: &Alphabet,
    view: &View,
    timer: TimerId,
    first: usize,
    found: &mut FxHashMap<usize, Region>,
) {
    let mut seen = Vec::new();
    let mut open = vec![first];
    let mut late = None;
    while let Some(state) = open.pop() {
        let decision = decision(alphabet, view, state, timer);
        if let Some(step) = decision {
            late = late.or(Some(step));
        } else if !seen.contains(&state) && !found.contains_key(&state) {
            seen.push(state);
            open.extend(view.states[state].steps.iter().map(|step| step.to));
        }
    }
    if let Some(late) = late {
        found.extend(
            seen.into_iter()
                .map(|state| (state, Region { timer, late })),
        );
    }
}

/// The step by which a timer's decider gives up, in the state that ends the segment.
fn decision(alphabet: &Alphabet, view: &View, state: usize, timer: TimerId) -> Option<ViewStep> {
    view.states[state]
        .steps
        .iter()
        .find(|step| alphabet.signature(step.signature).what == What::Late(timer))
        .copied()
}

impl Folder<'_> {
    /// What is still to come in a guarded segment, which is the same on every path (E0503).
    pub(super) fn owed(&self, state: usize) -> Result<Vec<(Peer, u64)>, Unfoldable> {
        let mut owed: BTreeMap<Peer, u64> = BTreeMap::new();
        let mut at = state;
        while self.timers.of(at).is_some() {
            let step = self.view.states[at]
                .steps
                .first()
                .ok_or(Unfoldable("a timer's segment ends without a decision"))?;
            let signature = self.alphabet.signature(step.signature);
            at = step.to;
            let Some(send) = signature.send else { continue };
            let from = &self.protocol.sends[send.index()].from;
            // The whole gather is counted once, at its last answer.
            if matches!(signature.mark, Mark::Gather { last: false, .. }) {
                continue;
            }
            let from = peer(self.alphabet, from, Some(signature.from));
            *owed.entry(from).or_default() += 1;
        }
        Ok(owed.into_iter().collect())
    }
}
