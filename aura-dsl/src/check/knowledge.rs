//! What each participant knows at a step whichever way the run came: a forward analysis on the
//! tree that keeps what holds on every path.
//!
//! In: a protocol. Out: at each choice and each local step, a [`Known`] to ask. What a loop brings
//! is known behind it if the loop runs at least once; what a timeout brings, if both ways bring it.

use std::collections::{HashMap, HashSet};

use super::walk;
use crate::global::{
    Block, Choice, LabelId, Local, LoopId, Members, Party, Protocol, RoleId, Step,
};

/// Something that a participant can know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Item<'p> {
    /// The payload of a message that came from one participant.
    Received(LabelId),
    /// The payloads of messages that came from the members of a family.
    Gathered(LabelId),
    /// The payload of a message that it sent.
    Sent(LabelId),
    /// The result of a local step.
    Result(&'p str),
}

/// Who knows what.
type Fact<'p> = (RoleId, Members, Item<'p>);

/// What is known at a step.
#[derive(Default)]
pub(super) struct Known<'p> {
    facts: HashSet<Fact<'p>>,
    /// The facts in the order in which they came, so that a branch can be taken back.
    order: Vec<Fact<'p>>,
}

impl<'p> Known<'p> {
    /// Whether the participants of `party` know `item` on every path.
    pub(super) fn has(&self, party: &Party, item: Item<'p>) -> bool {
        let members = match &party.members {
            Members::Any(_) => Members::All,
            members => members.clone(),
        };
        self.facts.contains(&(party.role, members, item))
            || self.facts.contains(&(party.role, Members::All, item))
    }

    fn add(&mut self, fact: Fact<'p>) {
        if self.facts.insert(fact.clone()) {
            self.order.push(fact);
        }
    }

    /// Takes back what came behind `mark`.
    fn take_back(&mut self, mark: usize) -> Vec<Fact<'p>> {
        let gained = self.order.split_off(mark);
        for fact in &gained {
            self.facts.remove(fact);
        }
        gained
    }
}

/// Where a rule may ask what is known.
pub(super) enum At<'p> {
    /// Before a choice.
    Choice(&'p Choice),
    /// Before a local step.
    Local(&'p Local),
}

/// Shows each choice and each local step with what is known before it.
pub(super) fn each<'p>(protocol: &'p Protocol, visit: &mut dyn FnMut(&Known<'p>, At<'p>)) {
    let mut walk = Walk {
        protocol,
        known: Known::default(),
        visit,
    };
    walk.block(&protocol.body);
}

struct Walk<'p, 'v> {
    protocol: &'p Protocol,
    known: Known<'p>,
    visit: &'v mut dyn FnMut(&Known<'p>, At<'p>),
}

impl<'p> Walk<'p, '_> {
    /// Walks a block; tells whether its end can be reached.
    fn block(&mut self, block: &'p Block) -> bool {
        block.steps.iter().all(|step| self.step(step))
    }

    /// Walks a block and takes back what it brings: `None` if its end is not reached.
    fn gains(&mut self, block: &'p Block) -> Option<Vec<Fact<'p>>> {
        let mark = self.known.order.len();
        let ends = self.block(block);
        let gained = self.known.take_back(mark);
        ends.then_some(gained)
    }

    fn step(&mut self, step: &'p Step) -> bool {
        match step {
            Step::Send(_) => self.send(step),
            Step::Local(id) => {
                let local = &self.protocol.locals[id.index()];
                (self.visit)(&self.known, At::Local(local));
                if let Some((name, _)) = &local.result {
                    let at = &local.at;
                    let fact = (at.role, at.members.clone(), Item::Result(name));
                    self.known.add(fact);
                }
            }
            Step::Continue(..) => return false,
            Step::Choice(choice) => {
                (self.visit)(&self.known, At::Choice(choice));
                return self.meet(choice.branches.iter().map(|branch| &branch.body));
            }
            Step::Timeout(step) => return self.meet([&step.body, &step.otherwise].into_iter()),
            Step::Counted(step) => return self.block(&step.body),
            Step::Rec(step) => return self.block(&step.body),
            Step::Decided(step) => {
                self.gains(&step.body);
            }
            Step::For(step) => {
                let part = self.protocol.roles[step.family.index()].part.is_some();
                let mark = self.known.order.len();
                let ends = self.block(&step.body);
                self.behind_for(mark, step.id, part);
                return ends || part;
            }
            Step::Par(par) => return self.join(par.branches.iter().collect()),
        }
        true
    }

    fn send(&mut self, step: &'p Step) {
        let [from, to] = &*walk::parties(self.protocol, step) else {
            return;
        };
        let Step::Send(id) = step else { return };
        let label = self.protocol.sends[id.index()].label;
        let many = matches!(from.members, Members::All | Members::Any(_));
        let item = if many {
            Item::Gathered(label)
        } else {
            Item::Received(label)
        };
        self.known.add((to.role, to.members.clone(), item));
        // Members of a quorum may abstain.
        if !matches!(from.members, Members::Any(_)) {
            self.known
                .add((from.role, from.members.clone(), Item::Sent(label)));
        }
    }

    /// Keeps what every alternative that ends brings.
    fn meet(&mut self, blocks: impl Iterator<Item = &'p Block>) -> bool {
        let mut blocks = blocks.peekable();
        let first = blocks.next();
        if let (Some(only), None) = (first, blocks.peek()) {
            return self.block(only);
        }
        let mut count: HashMap<Fact<'p>, usize> = HashMap::new();
        let mut order = Vec::new();
        let mut ways = 0;
        for block in first.into_iter().chain(blocks) {
            let Some(gained) = self.gains(block) else {
                continue;
            };
            ways += 1;
            for fact in gained {
                let seen = count.entry(fact.clone()).or_default();
                *seen += 1;
                if *seen == 1 {
                    order.push(fact);
                }
            }
        }
        order.retain(|fact| count[fact] == ways);
        for fact in order {
            self.known.add(fact);
        }
        ways > 0
    }

    /// Keeps what all branches bring; none of them knows of another. The longest goes last and
    /// stays where it is, so that deep nesting does not move everything again at each level.
    fn join(&mut self, mut branches: Vec<&'p Block>) -> bool {
        let length = |block: &&Block| block.braces.map_or(0, |braces| braces.end - braces.start);
        branches.sort_by_key(length);
        let Some(longest) = branches.pop() else {
            return true;
        };
        let hidden: Vec<_> = branches
            .into_iter()
            .map(|branch| self.gains(branch))
            .collect();
        let mut ends = self.block(longest);
        for gained in hidden {
            ends &= gained.is_some();
            for fact in gained.into_iter().flatten() {
                self.known.add(fact);
            }
        }
        ends
    }

    /// What a round's member knows, all members know behind the `for`. What others know from the
    /// rounds they know if there was one.
    fn behind_for(&mut self, mark: usize, round: LoopId, may_be_empty: bool) {
        let own = Members::Index(round);
        let brought = &self.known.order[mark..];
        let of_members: Vec<Fact<'p>> = brought
            .iter()
            .filter(|(_, members, _)| *members == own)
            .map(|(role, _, item)| (*role, Members::All, *item))
            .collect();
        if may_be_empty {
            self.known.take_back(mark);
        }
        for fact in of_members {
            self.known.add(fact);
        }
    }
}
