//! Messages between roles and families: send, broadcast, gather, quorum, exchange, family choice.

use super::super::alphabet::{Chain, Mark, ProcessId, Signature, What};
use super::super::graph::StateId;
use super::{Builder, Place};
use crate::global::{Choice, Members, Party, SendId, Size, Step};

impl Builder<'_> {
    /// Builds a step in front of `next` and returns its first state.
    pub(super) fn send(
        &mut self,
        send: SendId,
        branch: Option<&str>,
        next: StateId,
        place: &Place,
    ) -> StateId {
        let entry = self.draft.state();
        self.send_from(entry, send, branch, next, place);
        entry
    }

    /// Builds a step that leaves `entry`.
    pub(super) fn send_from(
        &mut self,
        entry: StateId,
        send: SendId,
        branch: Option<&str>,
        next: StateId,
        place: &Place,
    ) {
        let step = &self.protocol.sends[send.index()];
        let (span, label) = (step.span, step.label);
        let (from, to) = (step.from.clone(), step.to.clone());
        let many = |members: &Members| matches!(members, Members::All | Members::Any(_));
        self.origin(span, place, entry);
        let senders = self.members(&from, place);
        let receivers = self.members(&to, place);
        if !self.has_room(span, senders.len() * receivers.len()) {
            return;
        }
        if from.role == to.role && many(&from.members) && many(&to.members) {
            return self.exchange(entry, send, branch, next, place);
        }
        let canonical = self.canonical[send.index()];
        let chain = many(&from.members).then(|| {
            let need = match &from.members {
                Members::Any(quorum) => self.instance.need(self.protocol, from.role, quorum),
                _ => senders.len(),
            };
            self.chain(Chain {
                members: senders.clone(),
                need,
                quorum: self.quorum(&from),
                steps: vec![(branch.map(str::to_owned), canonical)],
            })
        });
        // All edges into one receiver lie side by side; a sender's edges then do too, as far as
        // the sender can tell, since nothing else on the way concerns it.
        let mut edges = Vec::new();
        for receiver in &receivers {
            for (position, sender) in senders.iter().enumerate() {
                let timer = place.timer_of(*receiver);
                let mark = match (chain, timer) {
                    (Some(chain), timer) => Mark::Gather {
                        chain,
                        last: position + 1 == senders.len(),
                        timer,
                    },
                    (None, Some(timer)) => Mark::Soft(timer),
                    (None, None) => Mark::Plain,
                };
                edges.push((*sender, *receiver, mark));
            }
        }
        if edges.is_empty() {
            self.draft.epsilon(entry, next);
        }
        let mut state = entry;
        for (position, (sender, receiver, mark)) in edges.iter().enumerate() {
            let behind = if position + 1 == edges.len() {
                next
            } else {
                self.draft.state()
            };
            let signature = Signature {
                from: *sender,
                to: Some(*receiver),
                what: What::Message {
                    branch: branch.map(str::to_owned),
                    label,
                },
                mark: *mark,
                scope: place.scope(),
                send: Some(canonical),
            };
            self.edge(state, signature, span, behind);
            state = behind;
        }
    }

    /// Every member enters, then all pairs; every member sends all before it receives.
    fn exchange(
        &mut self,
        entry: StateId,
        send: SendId,
        branch: Option<&str>,
        next: StateId,
        place: &Place,
    ) {
        let branch = branch.map(str::to_owned);
        let step = &self.protocol.sends[send.index()];
        let (span, label, from) = (step.span, step.label, step.from.clone());
        let members = self.members(&from, place);
        let canonical = self.canonical[send.index()];
        let chain = self.chain(Chain {
            members: members.clone(),
            need: members.len().saturating_sub(1),
            quorum: None,
            steps: vec![(branch.clone(), canonical)],
        });
        let pairs: Vec<(ProcessId, ProcessId)> = members
            .iter()
            .flat_map(|sender| members.iter().map(|receiver| (*sender, *receiver)))
            .filter(|(sender, receiver)| sender != receiver)
            .collect();
        let mut first = next;
        for (position, (sender, receiver)) in pairs.iter().enumerate().rev() {
            let signature = Signature {
                from: *sender,
                to: Some(*receiver),
                what: What::Message {
                    branch: branch.clone(),
                    label,
                },
                mark: Mark::Exchange {
                    chain,
                    last: position + 1 == pairs.len(),
                },
                scope: place.scope(),
                send: Some(canonical),
            };
            let state = self.draft.state();
            self.edge(state, signature, span, first);
            first = state;
        }
        for member in members.into_iter().rev() {
            first = self.event(member, What::Enter(chain), span, first, place);
        }
        self.draft.epsilon(entry, first);
    }

    /// The quorum of a party, where it is less than the whole family.
    fn quorum(&self, party: &Party) -> Option<Size> {
        match &party.members {
            Members::Any(quorum) => {
                let whole = self.protocol.roles[party.role.index()].family.as_ref();
                (whole != Some(quorum)).then(|| quorum.clone())
            }
            _ => None,
        }
    }

    /// Each member decides for itself: per member a choice between the branches' answers.
    pub(super) fn family_choice(
        &mut self,
        choice: &Choice,
        next: StateId,
        place: &Place,
    ) -> StateId {
        // `check` has made sure that each branch is exactly one gather to the same receiver.
        let answers: Vec<(Option<String>, SendId)> = choice
            .branches
            .iter()
            .filter_map(|branch| match branch.body.steps.as_slice() {
                [Step::Send(send)] => Some((branch.label.clone(), *send)),
                _ => None,
            })
            .collect();
        let Some((_, any)) = answers.first() else {
            return next;
        };
        let to = self.protocol.sends[any.index()].to.clone();
        let receiver = self.one(&to, place);
        let members = self.members(&choice.decider, place);
        let need = match &choice.decider.members {
            Members::Any(quorum) => self
                .instance
                .need(self.protocol, choice.decider.role, quorum),
            _ => members.len(),
        };
        let steps = answers
            .iter()
            .map(|(label, send)| (label.clone(), self.canonical[send.index()]))
            .collect();
        let chain = self.chain(Chain {
            members: members.clone(),
            need,
            quorum: self.quorum(&choice.decider),
            steps,
        });
        let timer = place.timer_of(receiver);
        let mut next = next;
        for (position, member) in members.iter().enumerate().rev() {
            let entry = self.draft.state();
            for (label, send) in &answers {
                let signature = Signature {
                    from: *member,
                    to: Some(receiver),
                    what: What::Message {
                        branch: label.clone(),
                        label: self.protocol.sends[send.index()].label,
                    },
                    mark: Mark::Gather {
                        chain,
                        last: position + 1 == members.len(),
                        timer,
                    },
                    scope: place.scope(),
                    send: Some(self.canonical[send.index()]),
                };
                let span = self.protocol.sends[send.index()].span;
                self.edge(entry, signature, span, next);
                self.origin(span, place, entry);
            }
            next = entry;
        }
        next
    }
}
