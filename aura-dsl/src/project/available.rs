//! Which messages can arrive while some participants are blocked (PROJECTION 5, SEMANTICS 0).
//!
//! In: a state of the global automaton and a role that has not received yet. Out: the messages on
//! one channel that may be the first to arrive at it, each with a run that brings it. The set of
//! blocked participants only grows on a run and more of it makes fewer messages available, so per
//! state only its minimal sets are kept.

use std::collections::{BTreeMap, VecDeque};

use super::work::Work;
use crate::automaton::alphabet::{ActionId, Alphabet, ChainId, Mark, ProcessId, Signature, What};
use crate::automaton::graph::{Edge, Graph, StateId};
use crate::global::TimerId;

/// What a node costs, in units of work: a set is copied and compared.
const NODE: usize = 8;

/// The blocked participants and the markers of constructs that are half blocked, as a bit set.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) struct Blocked(Box<[u64]>);

impl Blocked {
    pub(crate) fn has(&self, bit: usize) -> bool {
        self.0[bit / 64] & (1 << (bit % 64)) != 0
    }

    pub(crate) fn add(&mut self, bit: usize) {
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    fn remove(&mut self, bit: usize) {
        self.0[bit / 64] &= !(1 << (bit % 64));
    }

    fn within(&self, other: &Blocked) -> bool {
        self.0.iter().zip(&other.0).all(|(a, b)| a & !b == 0)
    }
}

/// Where each participant and marker lies in a [`Blocked`].
pub(crate) struct Layout {
    chains: Vec<usize>,
    timers: BTreeMap<TimerId, usize>,
    words: usize,
}

impl Layout {
    pub(crate) fn new(alphabet: &Alphabet) -> Self {
        let mut next = alphabet.processes.len();
        let mut chains = Vec::new();
        for chain in &alphabet.chains {
            chains.push(next);
            next += chain.members.len();
        }
        let mut timers = BTreeMap::new();
        for signature in &alphabet.signatures {
            if let What::Late(timer) = signature.what {
                timers.entry(timer).or_insert_with(|| {
                    next += 1;
                    next - 1
                });
            }
        }
        Self {
            chains,
            timers,
            words: next / 64 + 1,
        }
    }

    fn member(&self, alphabet: &Alphabet, chain: ChainId, process: ProcessId) -> Option<usize> {
        let members = &alphabet.chains[chain.index()].members;
        let position = members.iter().position(|member| *member == process)?;
        Some(self.chains[chain.index()] + position)
    }

    /// Nobody is blocked.
    pub(crate) fn nobody(&self) -> Blocked {
        Blocked(vec![0; self.words].into())
    }

    /// Whether the decider of a timer has lost a message of its guarded segment, so that it can
    /// only give up.
    pub(crate) fn must_give_up(&self, timer: TimerId, blocked: &Blocked) -> bool {
        self.timers.get(&timer).is_some_and(|bit| blocked.has(*bit))
    }

    /// What an edge does to the blocked participants.
    pub(crate) fn pass(&self, alphabet: &Alphabet, signature: &Signature, blocked: &mut Blocked) {
        let is_blocked = blocked.has(signature.from.index());
        let late = |timer: &TimerId| self.timers.get(timer).copied();
        match (signature.mark, signature.to) {
            (Mark::Plain, Some(to)) => {
                if is_blocked {
                    blocked.add(to.index());
                }
            }
            (Mark::Soft(timer), _) => {
                if is_blocked && let Some(bit) = late(&timer) {
                    blocked.add(bit);
                }
            }
            (Mark::Gather { chain, last, timer }, Some(to)) => {
                if is_blocked && let Some(bit) = self.member(alphabet, chain, signature.from) {
                    blocked.add(bit);
                }
                if last {
                    let missing = self.drop_markers(alphabet, chain, blocked).len();
                    let chain = &alphabet.chains[chain.index()];
                    if missing > chain.members.len() - chain.need {
                        match timer.as_ref().and_then(late) {
                            Some(bit) => blocked.add(bit),
                            None => blocked.add(to.index()),
                        }
                    }
                }
            }
            (Mark::Exchange { chain, last }, Some(to)) => {
                if is_blocked && let Some(bit) = self.member(alphabet, chain, to) {
                    blocked.add(bit);
                }
                if last {
                    for member in self.drop_markers(alphabet, chain, blocked) {
                        blocked.add(member.index());
                    }
                }
            }
            (_, None) => match signature.what {
                What::InTime(timer) => {
                    if let Some(bit) = late(&timer)
                        && blocked.has(bit)
                    {
                        blocked.remove(bit);
                        blocked.add(signature.from.index());
                    }
                }
                What::Late(timer) => {
                    if let Some(bit) = late(&timer) {
                        blocked.remove(bit);
                    }
                }
                _ => {}
            },
        }
    }

    fn drop_markers(
        &self,
        alphabet: &Alphabet,
        chain: ChainId,
        blocked: &mut Blocked,
    ) -> Vec<ProcessId> {
        let first = self.chains[chain.index()];
        let members = &alphabet.chains[chain.index()].members;
        let mut marked = Vec::new();
        for (position, member) in members.iter().enumerate() {
            if blocked.has(first + position) {
                blocked.remove(first + position);
                marked.push(*member);
            }
        }
        marked
    }
}

/// The first messages that can arrive on one channel, each with the run that brings it.
pub(super) type Available = BTreeMap<ActionId, Vec<Edge>>;

/// What can arrive first on the channel from `sender` to `receiver` in a run that starts in
/// `state` and in which `receiver` does nothing. `None`: too large.
pub(super) fn available(
    alphabet: &Alphabet,
    graph: &Graph,
    layout: &Layout,
    work: &Work,
    (sender, receiver): (ProcessId, ProcessId),
    state: StateId,
) -> Option<Available> {
    struct Node {
        state: StateId,
        blocked: Blocked,
        /// The node before, the edge, and whether its sender was free, so that it happens.
        from: Option<(usize, Edge, bool)>,
    }
    let mut blocked = layout.nobody();
    blocked.add(receiver.index());
    let mut nodes = vec![Node {
        state,
        blocked: blocked.clone(),
        from: None,
    }];
    let mut minimal: BTreeMap<StateId, Vec<Blocked>> = BTreeMap::from([(state, vec![blocked])]);
    let mut open = VecDeque::from([0usize]);
    let mut found = Available::new();
    while let Some(number) = open.pop_front() {
        for edge in graph.leaving(nodes[number].state) {
            let signature = alphabet.signature(edge.signature);
            let free = !nodes[number].blocked.has(signature.from.index());
            if free && signature.from == sender && signature.to == Some(receiver) {
                found
                    .entry(alphabet.action(edge.signature))
                    .or_insert_with(|| {
                        let mut run = vec![*edge];
                        let mut at = number;
                        while let Some((before, edge, happens)) = nodes[at].from {
                            run.extend(happens.then_some(edge));
                            at = before;
                        }
                        run.reverse();
                        run
                    });
                continue;
            }
            let mut blocked = nodes[number].blocked.clone();
            layout.pass(alphabet, signature, &mut blocked);
            if blocked.has(sender.index()) {
                continue;
            }
            let known = minimal.entry(edge.to).or_default();
            if known.iter().any(|smaller| smaller.within(&blocked)) {
                continue;
            }
            known.retain(|larger| !blocked.within(larger));
            known.push(blocked.clone());
            if !work.spend(NODE + known.len()) {
                return None;
            }
            open.push_back(nodes.len());
            nodes.push(Node {
                state: edge.to,
                blocked,
                from: Some((number, *edge, free)),
            });
        }
    }
    Some(found)
}
