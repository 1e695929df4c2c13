//! How many messages may lie in a channel while its receiver is slow.
//!
//! The receiver stops in some state, and everybody who comes to wait for it stops too. The most
//! messages that a free sender still sends to it on the way is the bound; a cycle with such a send
//! has none. Counted loops are unrolled twice: rounds beyond are added where their number is
//! known, and named where it is not. Answers that came too late and are still to be absorbed lie in
//! the channel beside these.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::cycles::components;
use super::{Buffer, LIMIT, Most, Who, participants, told_apart};
use crate::automaton::Automaton;
use crate::automaton::alphabet::{Alphabet, ProcessId, Signature};
use crate::automaton::graph::StateId;
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Block, LoopId, Protocol, RoleId, SendId, Size, Step};
use crate::project::available::{Blocked, Layout};

/// The bounds of all channels; `None` where there is too much to explore.
pub(super) fn buffers(protocol: &Protocol, automaton: &Automaton) -> Option<Vec<Buffer>> {
    let layout = Layout::new(&automaton.alphabet);
    let rounds = Rounds::of(protocol);
    let mut budget = LIMIT;
    let mut found = Vec::new();
    for (receiver, own) in participants(protocol, automaton) {
        let walk = Walk::explore(automaton, &layout, &own, &mut budget)?;
        let channels = walk.channels(automaton, &own, &rounds);
        let components = components(walk.edges.len(), |node| {
            walk.edges[node].iter().map(|(_, _, target)| *target)
        });
        let mut order: Vec<usize> = (0..components.len()).collect();
        order.sort_by_key(|node| components[*node]);
        let mut by_sender: BTreeMap<Who, Most> = BTreeMap::new();
        for ((role, member), channel) in channels {
            let most = walk.most(&components, &order, &channel);
            let sender = told_apart(protocol, role, member);
            let known = by_sender.entry(sender).or_insert(Most::Messages(0));
            if rank(&most) > rank(known) {
                *known = most;
            }
        }
        found.extend(by_sender.into_iter().map(|(sender, most)| Buffer {
            from: sender.name_beside(receiver, protocol),
            to: receiver.name(protocol, "i"),
            most,
        }));
    }
    Some(found)
}

/// Members that are not told apart share a row, with the largest bound of any.
fn rank(most: &Most) -> (u8, u64) {
    match most {
        Most::Messages(number) => (0, *number),
        Most::PerRounds(number, _) => (1, *number),
        Most::Unbounded(_) => (2, 0),
    }
}

/// A channel without bound, as a warning.
pub(super) fn warning(protocol: &Protocol, buffer: &Buffer) -> Report {
    let Most::Unbounded(id) = buffer.most else {
        return Report::default();
    };
    let Some(send) = protocol.sends.get(id.index()) else {
        return Report::default();
    };
    let Buffer { from, to, .. } = buffer;
    let message = format!("`{from}` may send `{to}` any number of messages that it has not read");
    Diagnostic::new(codes::W0921, send.label_span, message)
        .help(format!(
            "let `{to}` acknowledge in each round, or accept that beyond its window it counts `{from}` as crashed"
        ))
        .into()
}

/// What is known of the rounds of a loop.
enum Kind {
    /// So many.
    Counted(u64),
    /// Only a symbol.
    Symbolic,
    /// One for each member of the family.
    Each(RoleId),
}

/// How often the unrolled copies of loops stand for further rounds.
struct Rounds(BTreeMap<LoopId, Kind>);

impl Rounds {
    fn of(protocol: &Protocol) -> Self {
        let mut rounds = Self(BTreeMap::new());
        rounds.collect(&protocol.body);
        rounds
    }

    fn collect(&mut self, block: &Block) {
        for step in &block.steps {
            match step {
                Step::Counted(counted) => {
                    let kind = match counted.count {
                        Size::Number(count) => Kind::Counted(count),
                        _ => Kind::Symbolic,
                    };
                    self.0.insert(counted.id, kind);
                    self.collect(&counted.body);
                }
                Step::For(each) => {
                    self.0.insert(each.id, Kind::Each(each.family));
                    self.collect(&each.body);
                }
                Step::Choice(choice) => {
                    let branches = choice.branches.iter();
                    branches.for_each(|branch| self.collect(&branch.body));
                }
                Step::Par(par) => par.branches.iter().for_each(|branch| self.collect(branch)),
                Step::Timeout(timeout) => {
                    self.collect(&timeout.body);
                    self.collect(&timeout.otherwise);
                }
                Step::Decided(decided) => self.collect(&decided.body),
                Step::Rec(rec) => self.collect(&rec.body),
                Step::Send(_) | Step::Continue(..) | Step::Local(_) => {}
            }
        }
    }

    /// How many rounds a message stands for, and the loops of which it stands for later rounds
    /// whose number is a symbol.
    fn weight(&self, alphabet: &Alphabet, signature: &Signature) -> (u64, Vec<LoopId>) {
        let role = |process: ProcessId| alphabet.processes[process.index()].role;
        let mut weight = 1u64;
        let mut later = Vec::new();
        for (_, round) in alphabet.rounds(signature.scope) {
            if round.copy == 0 {
                continue;
            }
            match self.0.get(&round.counter) {
                // The second copy stands for all rounds but the first.
                Some(Kind::Counted(count)) => {
                    weight = weight.saturating_mul(count.saturating_sub(1).max(1));
                }
                Some(Kind::Symbolic) => later.push(round.counter),
                // What the round's member sends or receives, it does in no other round.
                Some(Kind::Each(family))
                    if role(signature.from) != *family
                        && signature.to.is_none_or(|to| role(to) != *family) =>
                {
                    later.push(round.counter);
                }
                _ => {}
            }
        }
        (weight, later)
    }
}

/// Pairs of a state and the blocked participants, with the edges between them.
#[derive(Default)]
struct Walk {
    states: Vec<StateId>,
    /// By node: the position of each edge in the state's row, whether its sender is free, and the
    /// node behind it.
    edges: Vec<Vec<(usize, bool, usize)>>,
}

/// A message that may lie in a channel to the slow receiver.
struct Message {
    target: usize,
    send: SendId,
    weight: u64,
    later: Vec<LoopId>,
}

/// The messages of one channel, by the node that they leave.
type Channel = BTreeMap<usize, Vec<Message>>;

impl Walk {
    fn explore(
        automaton: &Automaton,
        layout: &Layout,
        own: &[ProcessId],
        budget: &mut usize,
    ) -> Option<Self> {
        let (alphabet, graph) = (&automaton.alphabet, &automaton.graph);
        let mut start = layout.nobody();
        for process in own {
            start.add(process.index());
        }
        let mut walk = Self::default();
        let mut numbers: HashMap<(StateId, Blocked), usize> = HashMap::new();
        let mut open: Vec<Blocked> = Vec::new();
        for state in graph.states() {
            numbers.insert((state, start.clone()), open.len());
            open.push(start.clone());
            walk.states.push(state);
        }
        while let Some(blocked) = open.get(walk.edges.len()).cloned() {
            *budget = budget.checked_sub(1)?;
            let mut row = Vec::new();
            let leaving = graph.leaving(walk.states[walk.edges.len()]);
            for (position, edge) in leaving.iter().enumerate() {
                let signature = alphabet.signature(edge.signature);
                let free = !blocked.has(signature.from.index());
                let mut behind = blocked.clone();
                layout.pass(alphabet, signature, &mut behind);
                let next = open.len();
                let target = *numbers.entry((edge.to, behind.clone())).or_insert(next);
                if target == next {
                    open.push(behind);
                    walk.states.push(edge.to);
                }
                row.push((position, free, target));
            }
            walk.edges.push(row);
        }
        Some(walk)
    }

    /// The messages to the slow receiver, by sender.
    fn channels(
        &self,
        automaton: &Automaton,
        own: &[ProcessId],
        rounds: &Rounds,
    ) -> BTreeMap<(RoleId, Option<usize>), Channel> {
        let alphabet = &automaton.alphabet;
        let mut channels: BTreeMap<_, Channel> = BTreeMap::new();
        for (node, row) in self.edges.iter().enumerate() {
            let leaving = automaton.graph.leaving(self.states[node]);
            for (position, _, target) in row.iter().filter(|(_, free, _)| *free) {
                let signature = alphabet.signature(leaving[*position].signature);
                let (Some(to), Some(send)) = (signature.to, signature.send) else {
                    continue;
                };
                if !own.contains(&to) {
                    continue;
                }
                let (weight, later) = rounds.weight(alphabet, signature);
                let sender = &alphabet.processes[signature.from.index()];
                let channel = channels.entry((sender.role, sender.member)).or_default();
                channel.entry(node).or_default().push(Message {
                    target: *target,
                    send,
                    weight,
                    later,
                });
            }
        }
        channels
    }

    /// The most messages of a channel on any path.
    fn most(&self, components: &[usize], order: &[usize], channel: &Channel) -> Most {
        let messages = || {
            let nodes = channel.iter();
            nodes.flat_map(|(node, messages)| messages.iter().map(|message| (*node, message)))
        };
        let cyclic =
            messages().find(|(node, message)| components[*node] == components[message.target]);
        if let Some((_, message)) = cyclic {
            return Most::Unbounded(message.send);
        }
        let all = self.longest(components, order, channel, |message| message.weight);
        let known = self.longest(components, order, channel, |message| {
            if message.later.is_empty() {
                message.weight
            } else {
                0
            }
        });
        if all == known {
            return Most::Messages(all);
        }
        let loops: BTreeSet<LoopId> = messages()
            .flat_map(|(_, message)| message.later.iter().copied())
            .collect();
        Most::PerRounds(all, loops.into_iter().collect())
    }

    /// The heaviest path; `order` lists the nodes so that those of later components come last.
    fn longest(
        &self,
        components: &[usize],
        order: &[usize],
        channel: &Channel,
        weight: impl Fn(&Message) -> u64,
    ) -> u64 {
        let mut most = vec![0u64; components.len()];
        for node in order {
            let plain = self.edges[*node].iter().map(|(_, _, target)| (*target, 0));
            let messages = channel.get(node).into_iter().flatten();
            let messages = messages.map(|message| (message.target, weight(message)));
            let reached = plain
                .chain(messages)
                .map(|(target, weight)| most[components[target]].saturating_add(weight))
                .max();
            let own = &mut most[components[*node]];
            *own = (*own).max(reached.unwrap_or(0));
        }
        most.into_iter().max().unwrap_or(0)
    }
}
