//! Choices: each branch leaves the state of the choice, by the decider's first send or by a decision
//! of its own (DECISIONS 22).

use super::super::alphabet::What;
use super::super::graph::StateId;
use super::{Builder, Place};
use crate::global::{Branch, Choice, Members, Party, SendId, Step};

impl Builder<'_> {
    pub(super) fn choice(&mut self, choice: &Choice, next: StateId, place: &Place) -> StateId {
        if matches!(choice.decider.members, Members::All | Members::Any(_)) {
            return self.family_choice(choice, next, place);
        }
        let entry = self.draft.state();
        for branch in &choice.branches {
            let continuation =
                |builder: &mut Self, steps: &[Step]| builder.steps(steps, next, place);
            self.branch(choice, branch, entry, place, continuation);
        }
        entry
    }

    /// Adds the first edge of a branch to the state of its choice. `build` makes the rest.
    pub(super) fn branch(
        &mut self,
        choice: &Choice,
        branch: &Branch,
        entry: StateId,
        place: &Place,
        build: impl FnOnce(&mut Self, &[Step]) -> StateId,
    ) {
        let steps = &branch.body.steps;
        let Some(label) = &branch.label else {
            let first = build(self, steps);
            self.draft.epsilon(entry, first);
            return;
        };
        match steps.first() {
            Some(Step::Send(send)) if self.sends(*send, &choice.decider) => {
                let (copies, rest) = steps.split_at(self.copies(steps));
                let behind = build(self, rest);
                self.labelled(entry, copies, label, behind, place);
            }
            _ => {
                let behind = build(self, steps);
                let from = self.one(&choice.decider, place);
                let what = What::Decide(label.clone());
                self.event_from(entry, from, what, branch.span, behind, place);
            }
        }
    }

    /// How many of the steps are copies of the first one: a send to a split family or to a range is
    /// one step of the text, and a send for each of its parts.
    pub(super) fn copies(&self, steps: &[Step]) -> usize {
        let source = |step: &Step| match step {
            Step::Send(send) => {
                let send = &self.protocol.sends[send.index()];
                Some((send.span, &send.calls))
            }
            _ => None,
        };
        let first = steps.first().and_then(source);
        let same = |step: &&Step| first.is_some() && source(step) == first;
        steps.iter().take_while(same).count()
    }

    /// Builds the copies of a send, each with the label of what was decided.
    pub(super) fn labelled(
        &mut self,
        entry: StateId,
        copies: &[Step],
        label: &str,
        behind: StateId,
        place: &Place,
    ) {
        let mut behind = behind;
        for (position, step) in copies.iter().enumerate().rev() {
            if let Step::Send(send) = step {
                if position == 0 {
                    self.send_from(entry, *send, Some(label), behind, place);
                } else {
                    behind = self.send(*send, Some(label), behind, place);
                }
            }
        }
    }

    /// Whether a step is a send by a decider, so that what it decided rides on it.
    pub(super) fn sends(&self, send: SendId, decider: &Party) -> bool {
        let from = &self.protocol.sends[send.index()].from;
        from.role == decider.role && from.members == decider.members
    }
}
