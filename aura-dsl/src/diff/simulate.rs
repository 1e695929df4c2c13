//! Whether one machine can stand in another's place.
//!
//! In: two versions' machines. Out: nothing, or the shortest way to where the first does what nobody
//! expects of the second. The relation is subtyping of session types (Gay and Hole, Acta Informatica
//! 2005): in the place of another a machine sends no more and receives no less, for as long as both
//! run; the greatest such relation is taken, so loops need no bound. Messages are not reordered, so
//! the relation is sound for queues and may refuse pairs that would happen to work. A machine that no
//! longer gives up is refused too: it might wait for ever.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::wire::{Act, Wire};

/// More pairs of states than this are not compared: then the answer is no.
const LARGEST: usize = 1 << 18;

/// Compares machines of `mine` in the place of machines of `theirs`.
pub(super) struct Simulation<'a> {
    mine: &'a Wire,
    theirs: &'a Wire,
    places: Vec<Place>,
    nodes: Vec<Node>,
    by_place: BTreeMap<Place, usize>,
    closures: BTreeMap<usize, Rc<[usize]>>,
}

/// A state of mine where theirs is; `Waiting` if both wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Any(usize, usize),
    Waiting(usize, usize),
}

#[derive(Default)]
struct Node {
    /// All of these must go on.
    duties: Vec<Duty>,
    /// Why the place cannot hold, whatever comes behind it.
    fault: Option<String>,
    broken: bool,
}

/// Something that must go on by one of these ways: what travels, and the places behind it.
struct Duty {
    step: Option<String>,
    ways: Vec<usize>,
}

/// What went wrong: the steps up to there, and what one does that the other does not expect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) steps: Vec<String>,
    pub(super) what: String,
}

impl<'a> Simulation<'a> {
    pub(super) fn new(mine: &'a Wire, theirs: &'a Wire) -> Self {
        Self {
            mine,
            theirs,
            places: Vec::new(),
            nodes: Vec::new(),
            by_place: BTreeMap::new(),
            closures: BTreeMap::new(),
        }
    }

    /// Whether the machine that starts at `mine` can stand in the place of the one at `theirs`.
    pub(super) fn run(&mut self, mine: usize, theirs: usize) -> Result<(), Fault> {
        let mut next = self.nodes.len();
        let root = self.node(Place::Any(mine, theirs));
        // Filling in asks for new places, which come to the end.
        while next < self.nodes.len() {
            if next > LARGEST {
                return Err(Fault {
                    steps: Vec::new(),
                    what: "the machines are too large to compare".to_owned(),
                });
            }
            self.nodes[next] = match self.places[next] {
                Place::Any(mine, theirs) => self.any(mine, theirs),
                Place::Waiting(mine, theirs) => self.waiting(mine, theirs),
            };
            next += 1;
        }
        self.settle();
        if self.nodes[root].broken {
            Err(self.way_to_fault(root))
        } else {
            Ok(())
        }
    }

    fn node(&mut self, place: Place) -> usize {
        let next = self.nodes.len();
        let at = *self.by_place.entry(place).or_insert(next);
        if at == next {
            self.places.push(place);
            self.nodes.push(Node::default());
        }
        at
    }

    fn silent(&mut self, state: usize) -> Rc<[usize]> {
        let theirs = self.theirs;
        let found = self.closures.entry(state);
        Rc::clone(found.or_insert_with(|| theirs.silent(state).into()))
    }

    fn any(&mut self, mine: usize, theirs: usize) -> Node {
        let (own, peers) = (self.mine, self.theirs);
        let state = &own.states[mine];
        let reached = self.silent(theirs);
        if let Some((rounds, again, done)) = &state.turn {
            return self.turn(rounds, (*again, *done), &reached);
        }
        let mut node = Node::default();
        let mut active = false;
        for (act, to) in &state.steps {
            let ways: Vec<Place> = match act {
                Act::Receive(_) => continue,
                Act::Silent => vec![Place::Any(*to, theirs)],
                Act::Send(_) => {
                    let steps = reached.iter().flat_map(|at| &peers.states[*at].steps);
                    let same = steps.filter(|(other, _)| other == act);
                    same.map(|(_, other)| Place::Any(*to, *other)).collect()
                }
                Act::Fork(threads) => {
                    active = true;
                    self.fork(threads, *to, &reached, &mut node);
                    continue;
                }
            };
            active = true;
            self.duty(act, ways, &mut node);
        }
        if !active {
            let waits = |at: &&usize| peers.states[**at].waits();
            let ways: Vec<_> = reached.iter().filter(waits).collect();
            let ways = ways
                .into_iter()
                .map(|at| Place::Waiting(mine, *at))
                .collect();
            self.wait(ways, &mut node);
        }
        // A state that does something is not the end of a run: the role could not tell that it is over, and
        // the version would not be implementable.
        node
    }

    fn duty(&mut self, act: &Act, ways: Vec<Place>, node: &mut Node) {
        let step = act.shown();
        if let (true, Some(step)) = (ways.is_empty(), &step) {
            node.fault = Some(format!("sends {step}, which nobody expects of the other"));
        }
        let ways = ways.into_iter().map(|place| self.node(place)).collect();
        node.duties.push(Duty { step, ways });
    }

    fn wait(&mut self, ways: Vec<Place>, node: &mut Node) {
        if ways.is_empty() {
            node.fault = Some("waits, where the other sends".to_owned());
        }
        let ways = ways.into_iter().map(|place| self.node(place)).collect();
        node.duties.push(Duty { step: None, ways });
    }

    /// The end of a round: both count the same rounds.
    fn turn(&mut self, rounds: &str, mine: (usize, usize), reached: &[usize]) -> Node {
        let mut node = Node::default();
        let turns = reached
            .iter()
            .filter_map(|at| self.theirs.states[*at].turn.as_ref());
        let same = turns.into_iter().find(|(other, ..)| other == rounds);
        let Some((_, again, done)) = same else {
            node.fault = Some(format!(
                "ends a round of `{rounds}`, and the other does not"
            ));
            return node;
        };
        for (own, other) in [(mine.0, *again), (mine.1, *done)] {
            let ways = vec![self.node(Place::Any(own, other))];
            node.duties.push(Duty { step: None, ways });
        }
        node
    }

    /// Threads stand for threads, one by one.
    fn fork(&mut self, threads: &[usize], to: usize, reached: &[usize], node: &mut Node) {
        let steps = reached.iter().flat_map(|at| &self.theirs.states[*at].steps);
        let mut forks = steps.filter_map(|(act, to)| match act {
            Act::Fork(others) if others.len() == threads.len() => Some((others, *to)),
            _ => None,
        });
        let Some((others, behind)) = forks.next() else {
            node.fault = Some(format!(
                "splits into {} threads, and the other does not",
                threads.len()
            ));
            return;
        };
        let pairs = threads.iter().copied().zip(others.iter().copied());
        for (own, other) in pairs.chain([(to, behind)]) {
            let ways = vec![self.node(Place::Any(own, other))];
            node.duties.push(Duty { step: None, ways });
        }
    }

    /// Both wait: mine must take whatever theirs would.
    fn waiting(&mut self, mine: usize, theirs: usize) -> Node {
        let (own, other) = (&self.mine.states[mine], &self.theirs.states[theirs]);
        let mut node = Node::default();
        if other.accepting && !own.accepting {
            node.fault = Some("waits, where the other may be over".to_owned());
        }
        for (act, to) in &other.steps {
            let same = own.steps.iter().filter(|(mine, _)| mine == act);
            let ways: Vec<_> = same.map(|(_, mine)| Place::Any(*mine, *to)).collect();
            let step = act.shown();
            if let (true, Some(step)) = (ways.is_empty(), &step) {
                node.fault = Some(format!("does not expect {step}, which may come"));
            }
            let ways = ways.into_iter().map(|place| self.node(place)).collect();
            node.duties.push(Duty { step, ways });
        }
        match (&own.timer, &other.timer) {
            (None, None) => {}
            (Some((late, owed)), Some((other_late, other_owed))) if owed == other_owed => {
                let ways = vec![self.node(Place::Any(*late, *other_late))];
                let step = Some("giving up".to_owned());
                node.duties.push(Duty { step, ways });
            }
            (Some(_), Some(_)) => {
                node.fault = Some("may give up while other messages are owed".to_owned());
            }
            (Some(_), None) => {
                node.fault = Some("may give up, where the other does not".to_owned());
            }
            (None, Some(_)) => {
                node.fault = Some("waits on, where the other gives up".to_owned());
            }
        }
        node
    }

    /// The greatest relation: places whose duties cannot go on break, until no more do.
    fn settle(&mut self) {
        let mut asked_by = vec![Vec::new(); self.nodes.len()];
        let mut broken = Vec::new();
        for (at, node) in self.nodes.iter_mut().enumerate() {
            for way in node.duties.iter().flat_map(|duty| &duty.ways) {
                asked_by[*way].push(at);
            }
            node.broken = node.fault.is_some();
            broken.extend(node.broken.then_some(at));
        }
        while let Some(at) = broken.pop() {
            for asking in &asked_by[at] {
                let node = &self.nodes[*asking];
                let stuck = |duty: &Duty| duty.ways.iter().all(|way| self.nodes[*way].broken);
                if !node.broken && node.duties.iter().any(stuck) {
                    self.nodes[*asking].broken = true;
                    broken.push(*asking);
                }
            }
        }
    }

    /// Breadth first along what breaks: the shortest way to a fault.
    fn way_to_fault(&self, root: usize) -> Fault {
        let mut from = BTreeMap::from([(root, None)]);
        let mut queue = VecDeque::from([root]);
        while let Some(at) = queue.pop_front() {
            let node = &self.nodes[at];
            if let Some(what) = &node.fault {
                let mut steps = Vec::new();
                let mut place = at;
                while let Some(Some((before, step))) = from.get(&place) {
                    let step: &Option<String> = step;
                    steps.extend(step.clone());
                    place = *before;
                }
                steps.reverse();
                return Fault {
                    steps,
                    what: what.clone(),
                };
            }
            for duty in &node.duties {
                if !duty.ways.iter().all(|way| self.nodes[*way].broken) {
                    continue;
                }
                for way in &duty.ways {
                    from.entry(*way).or_insert_with(|| {
                        queue.push_back(*way);
                        Some((at, duty.step.clone()))
                    });
                }
            }
        }
        Fault {
            steps: Vec::new(),
            what: "does something else".to_owned(),
        }
    }
}
