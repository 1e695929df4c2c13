//! The conditions of complete projection, for what one participant cannot tell apart.
//!
//! Send Validity, Receive Validity and the absence of mixed choice are those of Li, Stutz, Wies,
//! Zufferey, "Complete Multiparty Session Type Projection with Automata" (CAV 2023). Waiting for
//! ever, starvation and DELIM are verdicts of their own. In: a region of a view. Out: the first
//! failure of each verdict, and the ambiguities that make a step meaningless.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::available::{Available, Layout, available};
use super::subsets::{Ends, Group, Region};
use super::work::Work;
use crate::automaton::alphabet::{ActionId, Alphabet, Mark, ProcessId, Signature, What};
use crate::automaton::graph::{Graph, StateId};
use crate::global::{Protocol, Terms};
use crate::source::Span;
use crate::verdict::Verdict;

/// What goes wrong for a participant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Failure {
    /// It must send in one run and cannot in another.
    Send(ActionId),
    /// It must send in one run and receive in another.
    Mixed(ActionId),
    /// The first message, expected in one run, can overtake the second one in another.
    Receive(ActionId, ActionId),
    /// A round is over in one run and goes on in another.
    Round(usize, ActionId),
    /// All is over in one run; in another a message is still to come.
    Wait(ActionId),
    /// A message is to come in one run; in another nothing ever comes.
    Starve(ActionId),
    /// The search for early messages grew too large.
    TooLarge,
}

impl Failure {
    /// The verdict that follows.
    pub(super) fn verdict(self) -> Verdict {
        match self {
            Failure::TooLarge => Verdict::OutsideClass,
            Failure::Send(_) | Failure::Mixed(_) | Failure::Receive(..) | Failure::Round(..) => {
                Verdict::NotImplementable
            }
            Failure::Wait(_) => Verdict::MayWait,
            Failure::Starve(_) => Verdict::Starvation,
        }
    }
}

/// Two steps of the text that look alike to a participant but mean different things to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ambiguity {
    /// Different guards, costs or facts.
    Terms(Span, Span),
    /// Different gathers or timers.
    Gather(Span, Span),
}

/// The tables that all checks of one automaton share.
pub(super) struct Checks<'a> {
    protocol: &'a Protocol,
    pub(super) alphabet: &'a Alphabet,
    pub(super) graph: &'a Graph,
    pub(super) ends: Ends,
    pub(super) work: &'a Work,
    layout: Layout,
    cache: FxHashMap<(ProcessId, ProcessId, StateId), Option<Available>>,
}

impl<'a> Checks<'a> {
    pub(super) fn new(
        protocol: &'a Protocol,
        alphabet: &'a Alphabet,
        graph: &'a Graph,
        work: &'a Work,
    ) -> Self {
        Self {
            protocol,
            alphabet,
            graph,
            ends: Ends::new(alphabet),
            work,
            layout: Layout::new(alphabet),
            cache: FxHashMap::default(),
        }
    }

    /// Forgets what was computed for one participant.
    pub(super) fn next_process(&mut self) {
        self.cache.clear();
    }

    fn signature(&self, group: &Group) -> &'a Signature {
        self.alphabet.signature(group.edges[0].1.signature)
    }

    /// Checks one region and reports each failure.
    pub(super) fn region(&mut self, process: ProcessId, region: &Region, found: &mut Vec<Failure>) {
        let (sends, receives): (Vec<&Group>, Vec<&Group>) = region
            .groups
            .iter()
            .partition(|group| self.signature(group).from == process);
        for group in &sends {
            if !self.covers(region, group.edges.iter().map(|(from, _)| *from)) {
                found.push(Failure::Send(group.action));
            }
        }
        if let (Some(send), Some(_)) = (sends.first(), receives.first()) {
            found.push(Failure::Mixed(send.action));
        }
        self.receive_validity(process, &receives, found);
        let awaited = receives
            .iter()
            .find(|group| !matches!(self.signature(group).what, What::Fork(..)));
        if let Some(group) = awaited {
            if region.end {
                found.push(Failure::Wait(group.action));
            } else if !self.covers(region, self.exits(region)) {
                found.push(Failure::Starve(group.action));
            }
        }
    }

    /// The states of a region in which something concerns the participant or all is over.
    fn exits<'r>(&self, region: &'r Region) -> impl Iterator<Item = usize> + use<'a, 'r> {
        let graph = self.graph;
        let states = region.states.iter().enumerate();
        let over = states.filter_map(|(place, state)| graph.is_end(*state).then_some(place));
        let groups = region.groups.iter();
        over.chain(groups.flat_map(|group| group.edges.iter().map(|(from, _)| *from)))
    }

    /// Whether every state of a region reaches one of `targets` without the participant.
    fn covers(&self, region: &Region, targets: impl Iterator<Item = usize>) -> bool {
        let mut reached = vec![false; region.states.len()];
        let mut open: Vec<usize> = Vec::new();
        for place in targets {
            if !std::mem::replace(&mut reached[place], true) {
                open.push(place);
            }
        }
        if open.len() < reached.len() {
            let mut entering = region.silent.clone();
            entering.sort_unstable_by_key(|(_, to)| *to);
            while let Some(place) = open.pop() {
                let first = entering.partition_point(|(_, to)| *to < place);
                let sources = entering[first..].iter();
                for (from, _) in sources.take_while(|(_, to)| *to == place) {
                    if !std::mem::replace(&mut reached[*from], true) {
                        open.push(*from);
                    }
                }
            }
        }
        // Without work left the answer does not matter: the whole verdict is given up.
        !self.work.spend(reached.len()) || reached.iter().all(|reached| *reached)
    }

    /// No message that one run expects first may arrive before the message of another run from
    /// another sender.
    fn receive_validity(
        &mut self,
        process: ProcessId,
        receives: &[&Group],
        found: &mut Vec<Failure>,
    ) {
        let mut senders: BTreeMap<ProcessId, Vec<ActionId>> = BTreeMap::new();
        for group in receives {
            let sender = self.signature(group).from;
            senders.entry(sender).or_default().push(group.action);
        }
        if senders.len() < 2 {
            return;
        }
        for group in receives {
            let sender = self.signature(group).from;
            let mut behind: Vec<StateId> = group.edges.iter().map(|(_, edge)| edge.to).collect();
            behind.sort_unstable();
            behind.dedup();
            for (other, expected) in &senders {
                if *other == sender {
                    continue;
                }
                for state in &behind {
                    let early = self.available(*other, process, *state);
                    match early {
                        None => found.push(Failure::TooLarge),
                        Some(early) => found.extend(
                            expected
                                .iter()
                                .filter(|action| early.contains_key(action))
                                .map(|action| Failure::Receive(*action, group.action)),
                        ),
                    }
                }
            }
        }
    }

    /// What can arrive first from `sender` while `receiver` does nothing.
    pub(super) fn available(
        &mut self,
        sender: ProcessId,
        receiver: ProcessId,
        state: StateId,
    ) -> Option<&Available> {
        self.cache
            .entry((sender, receiver, state))
            .or_insert_with(|| {
                let channel = (sender, receiver);
                available(
                    self.alphabet,
                    self.graph,
                    &self.layout,
                    self.work,
                    channel,
                    state,
                )
            })
            .as_ref()
    }

    fn terms(&self, signature: &Signature) -> Option<&'a Terms> {
        signature
            .send
            .map(|send| &self.protocol.sends[send.index()].terms)
    }

    /// Steps that look alike to a participant although they mean different things to it.
    pub(super) fn ambiguities(
        &self,
        process: ProcessId,
        region: &Region,
        found: &mut Vec<Ambiguity>,
    ) {
        for group in &region.groups {
            let (_, first) = group.edges[0];
            let one = self.alphabet.signature(first.signature);
            for (_, edge) in &group.edges[1..] {
                if edge.signature == first.signature {
                    continue;
                }
                let other = self.alphabet.signature(edge.signature);
                let (a, b) = (first.span.min(edge.span), first.span.max(edge.span));
                if one.from == process && self.terms(one) != self.terms(other) {
                    found.push(Ambiguity::Terms(a, b));
                }
                let collects = one.from != process
                    && one.mark != other.mark
                    && !matches!((one.mark, other.mark), (Mark::Plain, Mark::Plain));
                if collects {
                    found.push(Ambiguity::Gather(a, b));
                }
            }
        }
    }
}
