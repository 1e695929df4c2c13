//! From a protocol to the tree of its runs at concrete sizes.
//!
//! In: the protocol as `resolve` gives it. Out: one tree in which families are members, counted
//! loops are copies, and a timeout is what SEMANTICS calls for: the timer's owner sends what it
//! sends first, then the guarded segment comes to an end in time or late. What holds: the first
//! event of every branch of a choice is its decider's. No encoding of the compiler is used.

use std::collections::BTreeMap;

use aura_dsl::global::{
    Block, Decided, LoopId, Members, Par, Party, RoleId, SendId, Step, TimerId,
};

use super::cast::{Actor, Cast, Event, MOST_ACTORS, Path, Unfit, blocks, is_family, same};
use super::timer::{Guards, covering};
use super::tree::{Exchanger, LoopBit, NIL, Node, NodeId, Tree};

/// Where a step stands: the rounds of `for` loops and the branches of `par`s around it.
#[derive(Clone, Default)]
pub struct Place {
    rounds: BTreeMap<LoopId, u64>,
    path: Path,
}

/// The tree of a protocol's runs, or why the judge does not look at it.
pub fn elaborate(cast: &mut Cast) -> Result<(Tree, NodeId), Unfit> {
    let mut elaborator = Elaborator {
        cast,
        tree: Tree::new(),
        unfit: None,
    };
    let protocol = elaborator.cast.protocol;
    let root = elaborator.block(&protocol.body, None, &Place::default());
    let Elaborator { cast, tree, unfit } = elaborator;
    match unfit {
        Some(unfit) => Err(unfit),
        None if cast.is_too_large() => Err(Unfit::TooLarge),
        None => Ok((tree, root)),
    }
}

/// What stands while a tree is made.
pub struct Elaborator<'c, 'p> {
    pub cast: &'c mut Cast<'p>,
    pub tree: Tree,
    unfit: Option<Unfit>,
}

impl<'p> Elaborator<'_, 'p> {
    /// Notes a step that the judge does not know.
    pub fn unknown(&mut self, what: &'static str) -> NodeId {
        self.unfit.get_or_insert(Unfit::Unknown(what));
        NIL
    }

    fn actor(&mut self, party: &Party, index: u64, place: &Place) -> Actor {
        let actor = self.cast.actor(party.role, index, &place.path);
        if usize::from(actor) >= MOST_ACTORS {
            self.unfit = Some(Unfit::TooLarge);
            return 0;
        }
        let parents = self.cast.parents(actor);
        let parents = parents.iter().fold(0, |set, parent| set | 1 << parent);
        self.tree.adopt(actor, parents);
        actor
    }

    /// The actor that a party is where it is one participant.
    pub fn one(&mut self, party: &Party, place: &Place) -> Actor {
        let index = match party.members {
            Members::Single | Members::All | Members::Any(_) => 0,
            Members::Constant(index) => index,
            Members::Index(id) => place.rounds.get(&id).copied().unwrap_or(0),
        };
        self.actor(party, index, place)
    }

    fn all(&mut self, party: &Party, place: &Place) -> Vec<Actor> {
        (0..self.cast.members(party.role))
            .map(|index| self.actor(party, index, place))
            .collect()
    }

    fn block(&mut self, block: &'p Block, ride: Option<&str>, place: &Place) -> NodeId {
        let steps: Vec<&Step> = block.steps.iter().collect();
        self.steps(&steps, ride, place)
    }

    /// Steps in order. `ride` is the label of a decision that rides on the first one.
    pub fn steps(&mut self, steps: &[&'p Step], ride: Option<&str>, place: &Place) -> NodeId {
        let Some((first, rest)) = steps.split_first() else {
            return NIL;
        };
        let head = match first {
            Step::Send(send) => self.send(*send, ride, &[], place),
            Step::Choice(choice) => self.choice(choice, &[], &[], place),
            Step::Counted(counted) => {
                let rounds = self.cast.sizes.of(&counted.count);
                (0..rounds).fold(NIL, |before, _| {
                    let round = self.block(&counted.body, None, place);
                    self.tree.seq(before, round)
                })
            }
            Step::For(each) => (0..self.cast.members(each.family)).fold(NIL, |before, index| {
                let mut place = place.clone();
                place.rounds.insert(each.id, index);
                let round = self.block(&each.body, None, &place);
                self.tree.seq(before, round)
            }),
            Step::Decided(decided) => return self.decided(decided, rest, place),
            Step::Rec(rec) => {
                let bit = self.loop_bit(rec.id.0, 0);
                let body = self.block(&rec.body, None, place);
                self.tree.repeat(bit, body)
            }
            Step::Continue(rec, _) => {
                let bit = self.loop_bit(rec.0, 0);
                self.tree.jump(bit)
            }
            Step::Par(par) => self.par(par, place),
            Step::Timeout(timeout) => self.timeout(timeout, &[], &[], place),
            Step::Local(local) => {
                let at = &self.cast.protocol.locals[local.index()].at;
                if is_family(at) {
                    let members = self.all(at, place);
                    let members = members.into_iter();
                    let steps = members.map(|actor| self.alone(actor, Event::Local(*local)));
                    let steps = steps.collect();
                    self.in_order(steps, NIL)
                } else {
                    let actor = self.one(at, place);
                    self.alone(actor, Event::Local(*local))
                }
            }
        };
        let then = self.steps(rest, None, place);
        self.tree.seq(head, then)
    }

    fn loop_bit(&mut self, number: u32, offset: u32) -> LoopBit {
        if number >= 32 {
            self.unfit = Some(Unfit::TooLarge);
        }
        LoopBit::try_from(number % 32 + offset).expect("below 64")
    }

    /// A send in all its forms. `guard` is the timer that covers what its owner receives.
    pub fn send(
        &mut self,
        id: SendId,
        ride: Option<&str>,
        guards: &Guards<'p>,
        place: &Place,
    ) -> NodeId {
        let send = &self.cast.protocol.sends[id.index()];
        let wire = self.cast.wire(ride, send.label);
        let soft = covering(guards, &send.to);
        match (is_family(&send.from), is_family(&send.to)) {
            (false, false) => {
                let (from, to) = (self.one(&send.from, place), self.one(&send.to, place));
                self.message(from, to, wire, soft)
            }
            (false, true) => {
                let from = self.one(&send.from, place);
                let all = self.all(&send.to, place);
                let all = all.into_iter();
                let copies = all.map(|to| self.message(from, to, wire, soft)).collect();
                self.in_order(copies, NIL)
            }
            (true, false) => self.gather(&send.from, &send.to, vec![wire], soft, place),
            (true, true) if send.from.role == send.to.role => {
                let all = self.all(&send.from, place);
                let others = |actor: Actor| -> Vec<Actor> {
                    all.iter()
                        .copied()
                        .filter(|other| *other != actor)
                        .collect()
                };
                let members = all.iter().map(|actor| Exchanger {
                    actor: *actor,
                    to_send: others(*actor),
                    to_hear: others(*actor),
                });
                let members: Vec<_> = members.filter(|m| !m.to_send.is_empty()).collect();
                self.tree.leaf(Node::Exchange { wire, members })
            }
            (true, true) => self.unknown("one family to another"),
        }
    }

    fn message(&mut self, from: Actor, to: Actor, wire: u16, soft: Option<TimerId>) -> NodeId {
        self.tree.leaf(Node::Message {
            from,
            to,
            wire,
            sent: false,
            received: false,
            soft,
        })
    }

    pub fn gather(
        &mut self,
        from: &Party,
        to: &Party,
        wires: Vec<u16>,
        soft: Option<TimerId>,
        place: &Place,
    ) -> NodeId {
        let silent = self.all(from, place);
        let need = match &from.members {
            Members::Any(need) => usize::try_from(self.cast.sizes.of(need)).unwrap_or(usize::MAX),
            _ => silent.len(),
        };
        let to = self.one(to, place);
        self.tree.leaf(Node::Gather {
            to,
            need,
            wires,
            silent,
            sent: Vec::new(),
            soft,
        })
    }

    /// Whether a step is a send by a party.
    pub fn is_send_by(&self, step: &Step, party: &Party) -> bool {
        matches!(step, Step::Send(send)
            if same(&self.cast.protocol.sends[send.index()].from, party))
    }

    /// Something that an actor does alone.
    pub fn alone(&mut self, actor: Actor, event: Event) -> NodeId {
        self.tree.leaf(Node::Alone(actor, event))
    }

    /// Trees one after the other, before `then`.
    pub fn in_order(&mut self, parts: Vec<NodeId>, then: NodeId) -> NodeId {
        let parts = parts.into_iter().rev();
        parts.fold(then, |then, part| self.tree.seq(part, then))
    }

    /// A decided loop with what follows it, on whose first step `done` may ride.
    fn decided(&mut self, decided: &'p Decided, rest: &[&'p Step], place: &Place) -> NodeId {
        let bit = self.loop_bit(decided.id.0, 32);
        let owner = self.one(&decided.decider, place);
        let body: Vec<&Step> = decided.body.steps.iter().collect();
        let rides = |steps: &[&Step]| {
            let first = steps.first();
            first.is_some_and(|step| self.is_send_by(step, &decided.decider))
        };
        let (again_rides, done_rides) = (rides(&body), rides(rest));

        let round = self.steps(&body, again_rides.then_some("again"), place);
        let jump = self.tree.jump(bit);
        let mut again = self.tree.seq(round, jump);
        if !again_rides {
            again = self.decision(owner, "again", again);
        }
        // The send on which `done` rides stands inside of the loop's tree, which means the same.
        let (ridden, rest) = rest.split_at(usize::from(done_rides));
        let done = if done_rides {
            self.steps(ridden, Some("done"), place)
        } else {
            self.decision(owner, "done", NIL)
        };
        let choice = self.tree.choice(owner, vec![again, done]);
        let whole = self.tree.repeat(bit, choice);
        let then = self.steps(rest, None, place);
        self.tree.seq(whole, then)
    }

    fn par(&mut self, par: &'p Par, place: &Place) -> NodeId {
        let mut branches = Vec::new();
        for (index, body) in par.branches.iter().enumerate() {
            let mut place = place.clone();
            place.path.push((par.id, index));
            branches.push(self.block(body, None, &place));
        }
        // A run of the whole is looked for branch by branch, so one without an end comes last.
        branches.sort_by_key(|branch| !self.tree.facts(*branch).ends);
        let all = self.tree.par(branches);
        let roles = 0..self.cast.protocol.roles.len();
        let mut whole = all;
        for role in roles.rev().map(RoleId::of) {
            if self.cast.forks(par.id, role) {
                let indices = self.forking_members(par, role, place);
                for index in indices.into_iter().rev() {
                    let actor = self.cast.actor(role, index, &place.path);
                    let fork = self.alone(actor, Event::Fork(par.id));
                    whole = self.tree.seq(fork, whole);
                }
            }
        }
        whole
    }

    /// Which members of a role split at a `par`: those that are named in two branches or more.
    fn forking_members(&mut self, par: &'p Par, role: RoleId, place: &Place) -> Vec<u64> {
        if self.cast.protocol.roles[role.index()].family.is_none() {
            return vec![0];
        }
        let mut named = Vec::new();
        for body in &par.branches {
            let mut some = Vec::new();
            self.named(body, role, place, &mut some);
            some.sort_unstable();
            some.dedup();
            named.extend(some);
        }
        named.sort_unstable();
        named.dedup();
        named
    }

    fn named(&self, block: &Block, role: RoleId, place: &Place, found: &mut Vec<u64>) {
        let mut note = |party: &Party| {
            if party.role == role {
                match party.members {
                    Members::Constant(index) => found.push(index),
                    Members::Index(id) if place.rounds.contains_key(&id) => {
                        found.push(place.rounds[&id]);
                    }
                    _ => found.extend(0..self.cast.members(role)),
                }
            }
        };
        for step in &block.steps {
            match step {
                Step::Send(send) => {
                    let send = &self.cast.protocol.sends[send.index()];
                    note(&send.from);
                    note(&send.to);
                }
                Step::Choice(choice) => note(&choice.decider),
                Step::Decided(decided) => note(&decided.decider),
                Step::Timeout(timeout) => note(&timeout.decider),
                Step::Local(local) => note(&self.cast.protocol.locals[local.index()].at),
                _ => {}
            }
        }
        for body in block.steps.iter().flat_map(blocks) {
            self.named(body, role, place, found);
        }
    }
}
