//! What comes late: how many frames of each queue are still to be absorbed, and what they may say.
//!
//! Queues are first in, first out, so the counts alone keep rounds apart. (SEMANTICS, section 0.)

use std::collections::BTreeSet;

use super::{Seating, Source, Word};
use crate::machine::{Action, LabelId, Machine, MessageId, StateId, TimerId};

/// Frames of one queue that were given up together.
#[derive(Debug, PartialEq, Eq)]
struct Debt {
    source: Source,
    count: u32,
    /// The state that was left.
    state: StateId,
    /// The timer that fired there; none where a quorum was enough.
    timer: Option<TimerId>,
}

/// Everything that is still owed, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Debts(Vec<Debt>);

impl Debts {
    pub(super) fn add(
        &mut self,
        source: Source,
        count: u32,
        state: StateId,
        timer: Option<TimerId>,
    ) {
        if count == 0 {
            return;
        }
        // A loop that leaves the same gather over and over keeps one entry for a silent member.
        let last = self.0.iter_mut().rev().find(|debt| debt.source == source);
        if let Some(last) = last.filter(|debt| (debt.state, debt.timer) == (state, timer)) {
            last.count = last.count.saturating_add(count);
            return;
        }
        self.0.push(Debt {
            source,
            count,
            state,
            timer,
        });
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    #[inline]
    pub(super) fn any(&self, source: Source) -> bool {
        self.0.iter().any(|debt| debt.source == source)
    }

    /// Whether the next frame of the queue may say this.
    pub(super) fn owes(
        &self,
        machine: &Machine,
        seating: &Seating,
        source: Source,
        word: Word,
    ) -> bool {
        let Some(debt) = self.0.iter().find(|debt| debt.source == source) else {
            return false;
        };
        let (Word::Message(label) | Word::Abstention(label)) = word;
        let labels = match debt.timer {
            None => labels(machine, seating, debt.state, source),
            Some(timer) => guarded(machine, seating, debt.state, timer, source),
        };
        labels.contains(&label)
    }

    pub(super) fn pay(&mut self, source: Source) {
        if let Some(at) = self.0.iter().position(|debt| debt.source == source) {
            self.0[at].count -= 1;
            if self.0[at].count == 0 {
                self.0.remove(at);
            }
        }
    }
}

/// What a state takes from a queue.
fn labels(
    machine: &Machine,
    seating: &Seating,
    state: StateId,
    source: Source,
) -> BTreeSet<LabelId> {
    let role = seating.role_of(source.seat);
    let mut labels = BTreeSet::new();
    for edge in machine.edges(state) {
        let (from, messages): (_, &[MessageId]) = match &edge.action {
            Action::Receive { from, message } => (from, std::slice::from_ref(message)),
            Action::Gather { from, answers, .. } => (from, answers),
            _ => continue,
        };
        if Some(from.role) == role && from.queue == source.queue {
            let rows = messages
                .iter()
                .filter_map(|id| seating.protocol().message(*id));
            labels.extend(rows.map(|row| row.label));
        }
    }
    labels
}

/// What the rest of a guarded segment takes from a queue.
fn guarded(
    machine: &Machine,
    seating: &Seating,
    state: StateId,
    timer: TimerId,
    source: Source,
) -> BTreeSet<LabelId> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::from([state]);
    let mut open = vec![state];
    while let Some(state) = open.pop() {
        let row = machine.row(state);
        let covered = |row: &&crate::machine::StateRow| {
            row.turn.is_some() || row.timer.is_some_and(|running| running.timer == timer)
        };
        let Some(row) = row.filter(covered) else {
            continue;
        };
        found.extend(labels(machine, seating, state, source));
        let next = machine.edges(state).iter().map(|edge| edge.to);
        let turn = row.turn.iter().flat_map(|turn| [turn.again, turn.done]);
        open.extend(next.chain(turn).filter(|next| seen.insert(*next)));
    }
    found
}
