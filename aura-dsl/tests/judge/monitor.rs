//! Fidelity: whether what everybody did so far is the beginning of one global run.
//!
//! In: the tree of runs, and one event of one actor after the other. Out: a number for what may
//! still happen, or the answer that no global run begins so. What holds: an event takes effect on
//! the first step that involves its actor, in whatever order independent actors come. Where this
//! step lies behind a decision that is not taken yet, the event waits in `ahead` for it, and a
//! search makes sure that some decision allows all that waits.

use std::collections::HashMap;

use super::cast::{Actor, Event, Word};
use super::events::{Events, events};
use super::foresee::foresee;
use super::leaf::{Leaf, at_leaf};
use super::tree::{LoopBit, NIL, Node, NodeId, Tree};

/// What waits for a decision, by actor, in the order of events; nobody waits with nothing.
pub type Ahead = Vec<(Actor, Vec<Event>)>;
/// A state of the [`Monitor`].
pub type MonitorId = u32;

/// What a timer's owner does at a deadline that it has reached; no machine does it visibly.
const IN_TIME: Event = Event::Decide(Word::MAX);

/// An actor that has done more than this while a step before is undecided is not followed further:
/// searching for a run that has all of it would take for ever.
const LONGEST_WAIT: usize = 24;

/// What an event leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Some global run begins so.
    State(MonitorId),
    /// No global run begins so.
    Never,
    /// The actor is further ahead of an undecided step than is followed.
    TooFar,
}

/// The loops around a place in the tree, the innermost last, and whether the place was come to by
/// going round again, without having met a step of the actor.
type Loops = Vec<(LoopBit, NodeId, bool)>;

/// Follows runs of one protocol at one size.
pub struct Monitor {
    tree: Tree,
    states: Vec<(NodeId, Ahead)>,
    numbers: HashMap<(NodeId, Ahead), MonitorId>,
    steps: HashMap<(MonitorId, Actor, Event), Next>,
    ends: HashMap<MonitorId, bool>,
    events: Events,
}

/// What became of an event at a tree.
enum Outcome {
    /// It took effect; this is left.
    Done(NodeId),
    /// The actor gave up on what it would have heard here, and the event goes on.
    Passed(NodeId),
    /// The tree is written out one step further, to be tried again.
    Rewrite(NodeId),
    /// Only a decision can tell.
    Blocked,
    /// The actor does something else here.
    Wrong,
    /// The actor does not take part.
    Absent,
}

impl Monitor {
    /// A monitor before the first event, which is its state 0.
    pub fn new(tree: Tree, root: NodeId) -> Self {
        let events = events(&tree, root);
        let mut monitor = Self {
            tree,
            states: Vec::new(),
            numbers: HashMap::new(),
            steps: HashMap::new(),
            ends: HashMap::new(),
            events,
        };
        monitor.number(root, Ahead::new());
        monitor
    }

    /// The state behind an event.
    pub fn step(&mut self, state: MonitorId, actor: Actor, event: Event) -> Next {
        if let Some(known) = self.steps.get(&(state, actor, event)) {
            return *known;
        }
        let (root, ahead) = self.states[state as usize].clone();
        let waits =
            |(who, events): &(Actor, Vec<Event>)| *who == actor && events.len() >= LONGEST_WAIT;
        let next = if ahead.iter().any(waits) {
            Next::TooFar
        } else {
            match self.advance(root, ahead, actor, event) {
                Some((root, ahead)) => Next::State(self.number(root, ahead)),
                None => Next::Never,
            }
        };
        self.steps.insert((state, actor, event), next);
        next
    }

    /// Whether the run may be over: nobody has anything left to do.
    pub fn may_end(&mut self, state: MonitorId) -> bool {
        if let Some(known) = self.ends.get(&state) {
            return *known;
        }
        let (root, ahead) = self.states[state as usize].clone();
        let ends = foresee(&mut self.tree, root, &ahead, true);
        self.ends.insert(state, ends);
        ends
    }

    /// Everything that happens in some run, but for giving up.
    pub fn events(&self) -> &Events {
        &self.events
    }

    fn number(&mut self, root: NodeId, ahead: Ahead) -> MonitorId {
        let key = (root, ahead);
        if let Some(id) = self.numbers.get(&key) {
            return *id;
        }
        let id = MonitorId::try_from(self.states.len()).expect("memory ends before numbers do");
        self.states.push(key.clone());
        self.numbers.insert(key, id);
        id
    }

    fn advance(
        &mut self,
        root: NodeId,
        mut ahead: Ahead,
        actor: Actor,
        event: Event,
    ) -> Option<(NodeId, Ahead)> {
        let mut root = root;
        if let Some((_, events)) = ahead.iter_mut().find(|(who, _)| *who == actor) {
            events.push(event);
        } else {
            match self.take(root, actor, event) {
                Outcome::Done(left) => root = self.settle(left, &mut ahead)?,
                Outcome::Blocked => {
                    ahead.push((actor, vec![event]));
                    ahead.sort_unstable_by_key(|(actor, _)| *actor);
                }
                _ => return None,
            }
        }
        let possible = ahead.is_empty() || foresee(&mut self.tree, root, &ahead, false);
        possible.then_some((root, ahead))
    }

    /// Lets what waited take effect where a decision has been taken now.
    fn settle(&mut self, root: NodeId, ahead: &mut Ahead) -> Option<NodeId> {
        let mut root = root;
        loop {
            let mut moved = false;
            for (actor, events) in ahead.iter_mut() {
                while let Some(event) = events.first().copied() {
                    match self.take(root, *actor, event) {
                        Outcome::Done(left) => root = left,
                        Outcome::Blocked => break,
                        _ => return None,
                    }
                    events.remove(0);
                    moved = true;
                }
            }
            ahead.retain(|(_, events)| !events.is_empty());
            if !moved {
                return Some(root);
            }
        }
    }

    fn take(&mut self, root: NodeId, actor: Actor, event: Event) -> Outcome {
        let outcome = self.take_one(root, actor, event);
        match (outcome, event) {
            // The last receive of a guarded segment stops the timer.
            (Outcome::Done(mut left), Event::Receive(..) | Event::Arm(_)) => {
                while let Outcome::Done(next) = self.take_one(left, actor, IN_TIME) {
                    left = next;
                }
                Outcome::Done(left)
            }
            (outcome, _) => outcome,
        }
    }

    fn take_one(&mut self, root: NodeId, actor: Actor, event: Event) -> Outcome {
        let mut root = root;
        loop {
            match self.at(root, actor, event, &mut Vec::new()) {
                Outcome::Rewrite(written) => root = written,
                outcome => return outcome,
            }
        }
    }

    /// What becomes of an event at a tree within loops, the innermost last.
    fn at(&mut self, id: NodeId, actor: Actor, event: Event, loops: &mut Loops) -> Outcome {
        let facts = self.tree.facts(id);
        let node = self.tree.node(id).clone();
        match node {
            Node::Seq(first, then) => return self.at_seq(first, then, actor, event, loops),
            Node::Jump(bit) => {
                let around = loops.iter().rfind(|(other, ..)| *other == bit);
                return match around.copied() {
                    // A round in which it does nothing: another one brings nothing else.
                    Some((_, _, true)) => Outcome::Wrong,
                    Some((_, body, false)) if self.involves(body, actor) => {
                        loops.push((bit, body, true));
                        let outcome = self.at(body, actor, event, loops);
                        loops.pop();
                        self.rounded(bit, body, outcome)
                    }
                    _ => Outcome::Blocked,
                };
            }
            _ if !self.involves(id, actor) => {
                return if facts.always_ends() {
                    Outcome::Absent
                } else {
                    Outcome::Blocked
                };
            }
            _ if facts.actors & (1 << actor) == 0 => return Outcome::Blocked,
            _ => {}
        }
        match node {
            Node::Choice(decider, branches) if decider == actor => {
                for branch in branches {
                    let outcome = self.at(branch, actor, event, loops);
                    if matches!(outcome, Outcome::Done(_)) {
                        return outcome;
                    }
                }
                Outcome::Wrong
            }
            Node::Deadline {
                actor: owner,
                timer,
                in_time,
                late,
            } if owner == actor => {
                if event == Event::Late(timer) {
                    Outcome::Done(late)
                } else if event == IN_TIME {
                    Outcome::Done(in_time)
                } else {
                    Outcome::Rewrite(in_time)
                }
            }
            Node::Choice(..) | Node::Deadline { .. } => Outcome::Blocked,
            Node::Loop(bit, body) => self.at_round(bit, body, body, actor, event, loops),
            Node::Round(bit, body, now) => self.at_round(bit, body, now, actor, event, loops),
            Node::Par(mut branches) => {
                for index in 0..branches.len() {
                    if self.tree.facts(branches[index]).actors & (1 << actor) == 0 {
                        continue;
                    }
                    return match self.at(branches[index], actor, event, loops) {
                        Outcome::Done(left) => {
                            branches[index] = left;
                            Outcome::Done(self.tree.par(branches))
                        }
                        Outcome::Rewrite(left) => {
                            branches[index] = left;
                            Outcome::Rewrite(self.tree.par(branches))
                        }
                        Outcome::Blocked => Outcome::Blocked,
                        _ => Outcome::Wrong,
                    };
                }
                Outcome::Wrong
            }
            leaf => match at_leaf(leaf, actor, event) {
                Leaf::Done(left) => Outcome::Done(self.tree.leaf(left)),
                Leaf::Gone => Outcome::Done(NIL),
                Leaf::Passed(left) => Outcome::Passed(self.tree.leaf(left)),
                Leaf::Early => Outcome::Blocked,
                Leaf::Wrong => Outcome::Wrong,
            },
        }
    }

    fn involves(&self, id: NodeId, actor: Actor) -> bool {
        let facts = self.tree.facts(id);
        (facts.actors | facts.parents) & (1 << actor) != 0
    }

    fn at_seq(
        &mut self,
        first: NodeId,
        then: NodeId,
        actor: Actor,
        event: Event,
        loops: &mut Loops,
    ) -> Outcome {
        let first = match self.at(first, actor, event, loops) {
            Outcome::Done(left) => return Outcome::Done(self.tree.seq(left, then)),
            Outcome::Rewrite(left) => {
                let whole = self.tree.seq(left, then);
                return match self.at(whole, actor, event, loops) {
                    Outcome::Absent => Outcome::Rewrite(whole),
                    outcome => outcome,
                };
            }
            Outcome::Passed(left) => left,
            Outcome::Absent => first,
            stuck @ (Outcome::Blocked | Outcome::Wrong) => return stuck,
        };
        match self.at(then, actor, event, loops) {
            Outcome::Done(left) => Outcome::Done(self.tree.seq(first, left)),
            Outcome::Passed(left) => Outcome::Passed(self.tree.seq(first, left)),
            Outcome::Rewrite(left) => Outcome::Rewrite(self.tree.seq(first, left)),
            stuck => stuck,
        }
    }

    fn at_round(
        &mut self,
        bit: LoopBit,
        body: NodeId,
        now: NodeId,
        actor: Actor,
        event: Event,
        loops: &mut Loops,
    ) -> Outcome {
        loops.push((bit, body, false));
        let outcome = self.at(now, actor, event, loops);
        loops.pop();
        self.rounded(bit, body, outcome)
    }

    /// What became of an event in a round, as what became of it in the loop.
    fn rounded(&mut self, bit: LoopBit, body: NodeId, outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Done(left) => Outcome::Done(self.tree.round(bit, body, left)),
            Outcome::Passed(left) => Outcome::Passed(self.tree.round(bit, body, left)),
            Outcome::Rewrite(left) => Outcome::Rewrite(self.tree.round(bit, body, left)),
            stuck => stuck,
        }
    }
}
