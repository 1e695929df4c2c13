//! Choices: who decides, and what tells their branches apart.
//!
//! In: a choice with the timers that run around it. Out: the tree of SEMANTICS 1: the label rides
//! on a branch's first step where the decider sends it, else it is a step of the decider; a family
//! decides member by member in one gather. Left out: branches without labels that begin alike, for
//! which of them was chosen would have to be guessed.

use aura_dsl::global::{Choice, Step};

use super::cast::{Actor, Event, is_family, same};
use super::elaborate::{Elaborator, Place};
use super::timer::Guards;
use super::tree::NodeId;

impl<'p> Elaborator<'_, 'p> {
    /// The answers of a family that decides: one gather whose answers are the branches.
    fn family_choice(&mut self, choice: &'p Choice, place: &Place) -> NodeId {
        let mut wires = Vec::new();
        let mut to = None;
        for branch in &choice.branches {
            let [Step::Send(send)] = branch.body.steps.as_slice() else {
                return self.unknown("a family choice whose branch is not one gather");
            };
            let send = &self.cast.protocol.sends[send.index()];
            wires.push(self.cast.wire(branch.label.as_deref(), send.label));
            to = Some(&send.to);
        }
        let Some(to) = to else {
            return self.unknown("a choice without branches");
        };
        self.gather(&choice.decider, to, wires, None, place)
    }

    /// A choice; under timers, each of its branches runs on into `after` under them.
    pub fn choice(
        &mut self,
        choice: &'p Choice,
        guards: &Guards<'p>,
        after: &[&'p Step],
        place: &Place,
    ) -> NodeId {
        if is_family(&choice.decider) {
            return self.family_choice(choice, place);
        }
        if !self.tell_themselves_apart(choice) {
            return self.unknown("branches without labels that do not tell themselves apart");
        }
        let decider = self.one(&choice.decider, place);
        let mut branches = Vec::new();
        for branch in &choice.branches {
            let label = branch.label.as_deref();
            let steps: Vec<&Step> = branch.body.steps.iter().collect();
            let rides = steps
                .first()
                .is_some_and(|step| self.is_send_by(step, &choice.decider));
            let ride = label.filter(|_| rides);
            let mut body = self.guarded(guards, &steps, after, ride, place);
            if let Some(label) = label.filter(|_| !rides) {
                body = self.decision(decider, label, body);
            }
            branches.push(body);
        }
        self.tree.choice(decider, branches)
    }

    /// Whether branches have labels, or begin with different messages to single participants.
    fn tell_themselves_apart(&self, choice: &Choice) -> bool {
        let mut seen = Vec::new();
        choice.branches.iter().all(|branch| {
            let Some(Step::Send(first)) = branch.body.steps.first() else {
                return branch.label.is_some();
            };
            let send = &self.cast.protocol.sends[first.index()];
            let apart = same(&send.from, &choice.decider)
                && !is_family(&send.to)
                && !seen.contains(&(send.to.role, send.label));
            seen.push((send.to.role, send.label));
            branch.label.is_some() || apart
        })
    }

    /// What follows a decision that rides on nothing.
    pub fn decision(&mut self, decider: Actor, label: &str, then: NodeId) -> NodeId {
        let word = self.cast.word(label);
        let decide = self.alone(decider, Event::Decide(word));
        self.tree.seq(decide, then)
    }
}
