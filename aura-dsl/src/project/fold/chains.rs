//! Chains of edges become one action: broadcasts, gathers, exchanges and forks.
//!
//! In: the first step of a chain. Out: the transition that stands for all of it, which leads behind
//! its last step.

use super::super::subsets::ViewStep;
use super::{Folder, Fork, Unfoldable};
use crate::automaton::alphabet::{Alphabet, Chain, ChainId, Mark, ProcessId, Signature, What};
use crate::global::{Members, ParId, Party};
use crate::local::{Action, Peer, Transition, WireLabel};

impl Folder<'_> {
    pub(super) fn single(
        &mut self,
        step: &ViewStep,
        signature: &Signature,
    ) -> Result<Transition, Unfoldable> {
        let action = match (&signature.what, signature.send) {
            (What::Message { branch, label }, Some(send)) => {
                let label = WireLabel {
                    branch: branch.clone(),
                    label: *label,
                };
                let source = &self.protocol.sends[send.index()];
                if signature.to == Some(self.process) {
                    Action::Receive {
                        from: peer(self.alphabet, &source.from, Some(signature.from)),
                        label,
                        send,
                    }
                } else if source.to.members == Members::All {
                    let to = self.last_copy(step, signature);
                    let action = Action::Broadcast {
                        to: peer(self.alphabet, &source.to, signature.to),
                        label,
                        send,
                    };
                    return self.transition(action, step, to);
                } else {
                    Action::Send {
                        to: peer(self.alphabet, &source.to, signature.to),
                        label,
                        send,
                    }
                }
            }
            (What::Decide(label), _) => Action::Decide {
                label: label.clone(),
                span: step.span,
            },
            (What::Local(local), _) => Action::Local(*local),
            (What::Arm(timer), _) => Action::Arm { timer: *timer },
            _ => {
                return Err(Unfoldable(
                    "a step that only the encoding knows is left over",
                ));
            }
        };
        self.transition(action, step, step.to)
    }

    /// The state behind the last copy of a broadcast.
    fn last_copy(&self, step: &ViewStep, signature: &Signature) -> usize {
        let mut to = step.to;
        let mut sent = vec![signature.to];
        while let Some(next) = self.view.states[to].steps.iter().find(|next| {
            let other = self.alphabet.signature(next.signature);
            other.from == signature.from
                && other.send == signature.send
                && other.what == signature.what
                && other.scope == signature.scope
                && !sent.contains(&other.to)
        }) {
            sent.push(self.alphabet.signature(next.signature).to);
            to = next.to;
        }
        to
    }

    pub(super) fn gather(
        &mut self,
        step: &ViewStep,
        id: ChainId,
    ) -> Result<Transition, Unfoldable> {
        let chain: &Chain = &self.alphabet.chains[id.index()];
        let mut last = *step;
        while !matches!(
            self.alphabet.signature(last.signature).mark,
            Mark::Gather { last: true, .. }
        ) {
            last = self.next_in_chain(last.to, id)?;
        }
        let answers = chain
            .steps
            .iter()
            .map(|(branch, send)| {
                let label = WireLabel {
                    branch: branch.clone(),
                    label: self.protocol.sends[send.index()].label,
                };
                (label, *send)
            })
            .collect();
        let member = chain
            .members
            .first()
            .ok_or(Unfoldable("a gather from a family without members"))?;
        let member = &self.alphabet.processes[member.index()];
        let from = Peer {
            role: member.role,
            members: Members::All,
            thread: member.thread.clone(),
        };
        let action = Action::Gather {
            from,
            need: chain.quorum.clone(),
            answers,
        };
        self.transition(action, &last, last.to)
    }

    fn next_in_chain(&self, state: usize, id: ChainId) -> Result<ViewStep, Unfoldable> {
        self.view.states[state]
            .steps
            .iter()
            .find(|step| match self.alphabet.signature(step.signature).mark {
                Mark::Gather { chain, .. } | Mark::Exchange { chain, .. } => chain == id,
                _ => false,
            })
            .copied()
            .ok_or(Unfoldable("a gather is mixed with other messages"))
    }

    pub(super) fn exchange(
        &mut self,
        step: &ViewStep,
        id: ChainId,
    ) -> Result<Transition, Unfoldable> {
        let chain = &self.alphabet.chains[id.index()];
        let others = chain.members.len().saturating_sub(1);
        let mut last = *step;
        for _ in 0..2 * others {
            last = self.next_in_chain(last.to, id)?;
        }
        let (branch, send) = chain
            .steps
            .first()
            .cloned()
            .ok_or(Unfoldable("an exchange without a step"))?;
        let label = WireLabel {
            branch,
            label: self.protocol.sends[send.index()].label,
        };
        self.transition(Action::Exchange { label, send }, &last, last.to)
    }

    pub(super) fn fork(
        &mut self,
        state: usize,
        transition: usize,
        step: &ViewStep,
        par: ParId,
    ) -> Result<Transition, Unfoldable> {
        let scope = self.alphabet.signature(step.signature).scope;
        let mut threads = Vec::new();
        let mut at = Some(*step);
        let mut last = *step;
        while let Some(next) = at {
            let signature = self.alphabet.signature(next.signature);
            if let (What::Fork(_, branch), Some(thread)) = (&signature.what, signature.to) {
                threads.push((*branch, thread));
            }
            last = next;
            at = self.view.states[next.to]
                .steps
                .iter()
                .find(|step| {
                    let signature = self.alphabet.signature(step.signature);
                    match signature.what {
                        What::Fork(other, _) => {
                            other == par
                                && signature.scope == scope
                                && signature.from == self.process
                                && !threads
                                    .iter()
                                    .any(|(_, thread)| Some(*thread) == signature.to)
                        }
                        What::Join(other, _) => other == par && signature.to == Some(self.process),
                        _ => false,
                    }
                })
                .copied();
        }
        self.forks.push(Fork {
            state,
            transition,
            par,
            scope,
            threads,
        });
        let action = Action::Fork {
            par,
            threads: Vec::new(),
        };
        self.transition(action, &last, last.to)
    }
}

/// A party of a step as the other side addresses it.
pub(super) fn peer(alphabet: &Alphabet, party: &Party, process: Option<ProcessId>) -> Peer {
    Peer {
        role: party.role,
        members: match party.members {
            Members::Any(_) => Members::All,
            ref members => members.clone(),
        },
        thread: process.map_or_else(Vec::new, |process| {
            alphabet.processes[process.index()].thread.clone()
        }),
    }
}
