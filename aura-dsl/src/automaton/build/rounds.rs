//! Loops: counted ones and `for` become copies, decided ones a choice of their decider.

use super::super::alphabet::{Scope, ScopeId, What};
use super::super::graph::StateId;
use super::{Builder, Place};
use crate::global::{Counted, Decided, For, Size, Step};

impl Builder<'_> {
    /// Two copies: what blocks the sender of an early message only grows with further rounds, so
    /// what is available through one more round is available without it.
    pub(super) fn counted(&mut self, counted: &Counted, next: StateId, place: &Place) -> StateId {
        let copies = match counted.count {
            Size::Number(count) => usize::try_from(count).map_or(2, |count| count.min(2)),
            _ => 2,
        };
        let mut next = next;
        for copy in (0..copies).rev() {
            let mut inside = place.clone();
            inside.scope = Some(self.scope(place, counted.id, copy));
            next = self.block(&counted.body, next, &inside);
        }
        next
    }

    /// One copy per member, in order.
    pub(super) fn each(&mut self, each: &For, next: StateId, place: &Place) -> StateId {
        let copies = self.instance.members(each.family).unwrap_or(1);
        let mut next = next;
        for copy in (0..copies).rev() {
            let mut inside = place.clone();
            inside.scope = Some(self.scope(place, each.id, copy));
            inside.index.insert(each.id, copy);
            next = self.block(&each.body, next, &inside);
        }
        next
    }

    fn scope(&mut self, place: &Place, counter: crate::global::LoopId, copy: usize) -> ScopeId {
        ScopeId(self.scopes.intern(Some(Scope {
            parent: place.scope(),
            counter,
            copy,
        })))
    }

    /// `again` rides on the body's first send, `done` on the send that follows the loop, where the
    /// decider sends them; otherwise nothing travels and the decision is an event.
    pub(super) fn decided(
        &mut self,
        decided: &Decided,
        next: StateId,
        following: Option<(&[Step], StateId)>,
        place: &Place,
    ) -> StateId {
        let entry = self.draft.state();
        let process = self.one(&decided.decider, place);
        match decided.body.steps.as_slice() {
            steps @ [Step::Send(send), ..] if self.sends(*send, &decided.decider) => {
                let (copies, rest) = steps.split_at(self.copies(steps));
                let behind = self.steps(rest, entry, place);
                self.labelled(entry, copies, "again", behind, place);
            }
            steps => {
                let body = self.steps(steps, entry, place);
                let again = What::Decide("again".to_owned());
                self.event_from(entry, process, again, decided.span, body, place);
            }
        }
        match following {
            Some((copies @ [Step::Send(send), ..], behind))
                if self.sends(*send, &decided.decider) =>
            {
                self.labelled(entry, copies, "done", behind, place);
            }
            _ => {
                let done = What::Decide("done".to_owned());
                self.event_from(entry, process, done, decided.span, next, place);
            }
        }
        entry
    }
}
