//! The compiler's machines at concrete sizes.
//!
//! In: `Locals`, as their documentation says that an endpoint runs them. Out: for every actor a
//! flat machine whose peers are actors, whose counters are unrolled into states, and whose channels
//! have numbers. What holds: no state is the end of a round. One queue stands for each pair of
//! actors, so that each branch of a `par` has its own.

use std::collections::BTreeMap;

use aura_dsl::global::{LoopId, Members, RoleId, Size};
use aura_dsl::local::{Action, Locals, Machine, Member, Owner, Peer, StateIndex};

use super::cast::{Actor, Cast, Event, MOST_ACTORS, Unfit, Wire};

/// Position in [`Troupe::channels`].
pub type Channel = usize;

/// Everybody's machines.
#[derive(Default)]
pub struct Troupe {
    /// The states of each actor; the first one is where it begins.
    pub machines: Vec<Vec<State>>,
    /// Whether an actor runs from the start; threads are started by forks.
    pub starts: Vec<bool>,
    /// Sender and receiver of each channel.
    pub channels: Vec<(Actor, Actor)>,
}

/// A state of an actor.
#[derive(Clone, Debug, Default)]
pub struct State {
    /// What can happen, and where it leads.
    pub acts: Vec<(Act, usize)>,
    /// Whether the actor may rest here for ever.
    pub accepting: bool,
    /// The timer that runs.
    pub timer: Option<Timer>,
}

/// A timer that runs in a state.
#[derive(Clone, Debug)]
pub struct Timer {
    pub event: Event,
    pub late: usize,
    /// Messages to absorb; `true` where it is a member's part of a gather.
    pub owed: Vec<(Channel, u64, bool)>,
}

/// Something that an actor can do.
#[derive(Clone, Debug)]
pub enum Act {
    /// Messages, one after the other.
    Send(Vec<Channel>, Wire),
    /// One message.
    Receive(Channel, Wire),
    /// Messages from so many of the channels.
    Gather(Vec<Channel>, u32, Vec<Wire>),
    /// A message to all, then one from all.
    Exchange(Vec<Channel>, Vec<Channel>, Wire),
    /// Something alone.
    Alone(Event),
    /// Starts threads in states, and goes on when they have ended.
    Fork(Event, Vec<(Actor, usize)>),
}

/// The values of counters that are not 0.
type Counters = BTreeMap<LoopId, u64>;

/// The machines of a protocol at the sizes of `cast`.
pub fn assemble(cast: &mut Cast, locals: &Locals) -> Result<Troupe, Unfit> {
    let mut assembly = Assembly {
        cast,
        locals,
        troupe: Troupe::default(),
        places: BTreeMap::new(),
        open: Vec::new(),
    };
    for role in 0..assembly.cast.protocol.roles.len() {
        let role = RoleId::of(role);
        for index in 0..assembly.cast.members(role) {
            let actor = assembly.cast.actor(role, index, &[]);
            let machine = assembly.machine_of(role, index)?;
            assembly.place(actor, machine, 0, Counters::new())?;
            assembly.troupe.starts[usize::from(actor)] = true;
        }
    }
    while let Some((actor, machine, state, counters)) = assembly.open.pop() {
        let made = assembly.state(actor, &locals.machines[machine], machine, state, &counters)?;
        let place = assembly.places[&(actor, machine, state, counters)];
        assembly.troupe.machines[usize::from(actor)][place] = made;
    }
    Ok(assembly.troupe)
}

struct Assembly<'a, 'p> {
    cast: &'a mut Cast<'p>,
    locals: &'a Locals,
    troupe: Troupe,
    places: BTreeMap<(Actor, usize, StateIndex, Counters), usize>,
    open: Vec<(Actor, usize, StateIndex, Counters)>,
}

impl Assembly<'_, '_> {
    fn machine_of(&self, role: RoleId, index: u64) -> Result<usize, Unfit> {
        let find = |member: Member| {
            let owner = Owner {
                role,
                member,
                thread: Vec::new(),
            };
            let mut machines = self.locals.machines.iter();
            machines.position(|machine| machine.owner == owner)
        };
        find(Member::Constant(index))
            .or_else(|| find(Member::General))
            .or_else(|| find(Member::Single))
            .ok_or(Unfit::Unknown("a participant without a machine"))
    }

    /// The number of a state of an actor; turns are taken at once.
    fn place(
        &mut self,
        actor: Actor,
        machine: usize,
        state: StateIndex,
        counters: Counters,
    ) -> Result<usize, Unfit> {
        let (mut state, mut counters) = (state, counters);
        let mut turns = 0;
        let states = &self.locals.machines[machine].states;
        while let Some(turn) = &states[state].turn {
            let counter = counters.get(&turn.counter).copied().unwrap_or(0);
            if counter + 1 < self.cast.sizes.of(&turn.limit) {
                counters.insert(turn.counter, counter + 1);
                state = turn.again;
            } else {
                counters.remove(&turn.counter);
                state = turn.done;
            }
            turns += 1;
            if turns > 1_000 {
                return Err(Unfit::Unknown("turns that lead to each other"));
            }
        }
        if usize::from(actor) >= MOST_ACTORS {
            return Err(Unfit::TooLarge);
        }
        while self.troupe.machines.len() <= usize::from(actor) {
            self.troupe.machines.push(Vec::new());
            self.troupe.starts.push(false);
        }
        let key = (actor, machine, state, counters);
        if let Some(place) = self.places.get(&key) {
            return Ok(*place);
        }
        let machine = &mut self.troupe.machines[usize::from(actor)];
        machine.push(State::default());
        let place = machine.len() - 1;
        self.places.insert(key.clone(), place);
        self.open.push(key);
        Ok(place)
    }

    fn channel(&mut self, from: Actor, to: Actor) -> Channel {
        let channels = &mut self.troupe.channels;
        if let Some(channel) = channels.iter().position(|ends| *ends == (from, to)) {
            return channel;
        }
        channels.push((from, to));
        channels.len() - 1
    }

    fn index(members: &Members, counters: &Counters) -> u64 {
        match members {
            Members::Constant(index) => *index,
            Members::Index(id) => counters.get(id).copied().unwrap_or(0),
            Members::Single | Members::All | Members::Any(_) => 0,
        }
    }

    fn peer(&mut self, peer: &Peer, counters: &Counters) -> Actor {
        let index = Self::index(&peer.members, counters);
        self.cast.actor(peer.role, index, &peer.thread)
    }

    fn family(&mut self, peer: &Peer, except: Actor) -> Vec<Actor> {
        let members = 0..self.cast.members(peer.role);
        members
            .map(|index| self.cast.actor(peer.role, index, &peer.thread))
            .filter(|actor| *actor != except)
            .collect()
    }

    fn need(&self, need: Option<&Size>, all: usize) -> u32 {
        let need = need.map_or(all as u64, |need| self.cast.sizes.of(need));
        u32::try_from(need).unwrap_or(u32::MAX)
    }

    fn state(
        &mut self,
        actor: Actor,
        whole: &Machine,
        machine: usize,
        state: StateIndex,
        counters: &Counters,
    ) -> Result<State, Unfit> {
        let source = &whole.states[state];
        let mut made = State {
            accepting: source.accepting,
            ..State::default()
        };
        for transition in &source.transitions {
            let act = self.act(actor, &transition.action, counters)?;
            let to = self.place(actor, machine, transition.to, counters.clone())?;
            made.acts.push((act, to));
        }
        if let Some(running) = &source.timer {
            let late = self.place(actor, machine, running.late, counters.clone())?;
            let mut owed = Vec::new();
            for (peer, count) in &running.owed {
                self.owe(actor, peer, *count, counters, &mut owed);
            }
            made.timer = Some(Timer {
                event: Event::Late(running.timer),
                late,
                owed,
            });
        }
        Ok(made)
    }

    fn owe(
        &mut self,
        actor: Actor,
        peer: &Peer,
        count: u64,
        counters: &Counters,
        owed: &mut Vec<(Channel, u64, bool)>,
    ) {
        if peer.members == Members::All {
            for member in self.family(peer, actor) {
                let channel = self.channel(member, actor);
                owed.push((channel, count, true));
            }
        } else {
            let from = self.peer(peer, counters);
            let channel = self.channel(from, actor);
            owed.push((channel, count, false));
        }
    }

    fn act(&mut self, actor: Actor, action: &Action, counters: &Counters) -> Result<Act, Unfit> {
        Ok(match action {
            Action::Send { to, label, .. } => {
                let to = self.peer(to, counters);
                let wire = self.cast.wire(label.branch.as_deref(), label.label);
                Act::Send(vec![self.channel(actor, to)], wire)
            }
            Action::Broadcast { to, label, .. } => {
                let all = self.family(to, actor);
                let channels = all.into_iter().map(|to| self.channel(actor, to)).collect();
                let wire = self.cast.wire(label.branch.as_deref(), label.label);
                Act::Send(channels, wire)
            }
            Action::Receive { from, label, .. } => {
                let from = self.peer(from, counters);
                let wire = self.cast.wire(label.branch.as_deref(), label.label);
                Act::Receive(self.channel(from, actor), wire)
            }
            Action::Gather {
                from,
                need,
                answers,
            } => {
                let all = self.family(from, actor);
                let need = self.need(need.as_ref(), all.len());
                let wires = answers
                    .iter()
                    .map(|(label, _)| self.cast.wire(label.branch.as_deref(), label.label));
                let wires = wires.collect();
                let channels = all.into_iter().map(|from| self.channel(from, actor));
                Act::Gather(channels.collect(), need, wires)
            }
            Action::Exchange { label, .. } => {
                let player = self.cast.players[usize::from(actor)].clone();
                let members = 0..self.cast.members(player.role);
                let members =
                    members.map(|index| self.cast.actor(player.role, index, &player.thread));
                let others: Vec<_> = members.filter(|other| *other != actor).collect();
                let out = others.iter().map(|to| self.channel(actor, *to)).collect();
                let back = others
                    .iter()
                    .map(|from| self.channel(*from, actor))
                    .collect();
                let wire = self.cast.wire(label.branch.as_deref(), label.label);
                Act::Exchange(out, back, wire)
            }
            Action::Decide { label, .. } => Act::Alone(Event::Decide(self.cast.word(label))),
            Action::Local(local) => Act::Alone(Event::Local(*local)),
            Action::Arm { timer } => Act::Alone(Event::Arm(*timer)),
            Action::Fork { par, threads } => {
                let player = self.cast.players[usize::from(actor)].clone();
                let mut started = Vec::new();
                for thread in threads {
                    let path = &self.locals.machines[thread.machine].owner.thread;
                    let branch = self.cast.actor(player.role, player.index, path);
                    let entry =
                        self.place(branch, thread.machine, thread.entry, counters.clone())?;
                    started.push((branch, entry));
                }
                Act::Fork(Event::Fork(*par), started)
            }
        })
    }
}
