//! Who takes part at concrete sizes, and the events of a run.
//!
//! In: a protocol and a value for each of its size symbols. Out: numbers for participants, their
//! threads, wire labels and decisions, which the global tree and the machines share, so that an
//! event of one can be looked up in the other. Left out on purpose: anything of the projection;
//! which roles split into threads in a `par` is found here again, from the tree alone.

use std::collections::{BTreeMap, BTreeSet};

use aura_dsl::global::{
    Block, LabelId, LocalId, Members, ParId, Party, Protocol, RoleId, Size, Step, TimerId,
};
use aura_dsl::local::WireLabel;

/// A participant, or one of its threads in a `par`.
pub type Actor = u8;
/// A label as it travels.
pub type Wire = u16;
/// The name of a decision.
pub type Word = u16;

/// The most actors that a set of them can hold.
pub const MOST_ACTORS: usize = 64;

/// A reason why the judge does not look at a protocol at some size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unfit {
    /// More participants, labels or loops than the judge's sets hold.
    TooLarge,
    /// A step that the judge does not know.
    Unknown(&'static str),
}

/// The values of the size symbols, by their ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sizes(pub Vec<u64>);

impl Sizes {
    /// The value of a size.
    pub fn of(&self, size: &Size) -> u64 {
        match size {
            Size::Number(number) => *number,
            Size::Symbol(id) => self.0[id.index()],
            Size::Difference(from, what) => self.of(from).saturating_sub(self.of(what)),
        }
    }
}

/// What one actor does, seen from the actor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Event {
    /// Sends to an actor.
    Send(Actor, Wire),
    /// Receives from an actor.
    Receive(Actor, Wire),
    /// Decides without a message.
    Decide(Word),
    /// Takes a local step.
    Local(LocalId),
    /// Starts a timer.
    Arm(TimerId),
    /// Gives up.
    Late(TimerId),
    /// Splits into threads.
    Fork(ParId),
}

/// The branches of `par`s that a thread or a step stands in, outermost first.
pub type Path = Vec<(ParId, usize)>;

/// One actor.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Player {
    /// The role or family.
    pub role: RoleId,
    /// Which member, 0 for a single role.
    pub index: u64,
    /// The thread, empty for the participant itself.
    pub thread: Path,
}

/// Everybody who takes part.
pub struct Cast<'p> {
    /// The protocol.
    pub protocol: &'p Protocol,
    /// The sizes at which it is played.
    pub sizes: Sizes,
    /// The actors, by number.
    pub players: Vec<Player>,
    numbers: BTreeMap<Player, Actor>,
    wires: Vec<WireLabel>,
    words: Vec<String>,
    forked: BTreeSet<(ParId, RoleId)>,
}

impl<'p> Cast<'p> {
    /// Everybody of a protocol at the given sizes.
    pub fn new(protocol: &'p Protocol, sizes: Sizes) -> Self {
        let mut cast = Self {
            protocol,
            sizes,
            players: Vec::new(),
            numbers: BTreeMap::new(),
            wires: Vec::new(),
            words: Vec::new(),
            forked: BTreeSet::new(),
        };
        cast.survey(&protocol.body);
        cast
    }

    /// Finds who splits where.
    fn survey(&mut self, block: &Block) {
        for step in &block.steps {
            if let Step::Par(par) = step {
                let mut seen = BTreeSet::new();
                for body in &par.branches {
                    let mut roles = BTreeSet::new();
                    collect_roles(self.protocol, body, &mut roles);
                    for role in roles {
                        if !seen.insert(role) {
                            self.forked.insert((par.id, role));
                        }
                    }
                }
            }
            for body in blocks(step) {
                self.survey(body);
            }
        }
    }

    /// Whether a role takes part in more than one branch of a `par`.
    pub fn forks(&self, par: ParId, role: RoleId) -> bool {
        self.forked.contains(&(par, role))
    }

    /// The actor that plays a member at a place inside of `par` branches.
    pub fn actor(&mut self, role: RoleId, index: u64, path: &[(ParId, usize)]) -> Actor {
        let thread = path.iter().copied();
        let thread = thread.filter(|(par, _)| self.forks(*par, role)).collect();
        let player = Player {
            role,
            index,
            thread,
        };
        if let Some(number) = self.numbers.get(&player) {
            return *number;
        }
        let number = Actor::try_from(self.players.len()).unwrap_or(Actor::MAX);
        self.players.push(player.clone());
        self.numbers.insert(player, number);
        number
    }

    /// Whether there are more actors than sets of them hold.
    pub fn is_too_large(&self) -> bool {
        self.players.len() > MOST_ACTORS
    }

    /// The actors that a thread's owner is, from the outermost: those that wait for it to end.
    pub fn parents(&mut self, actor: Actor) -> Vec<Actor> {
        let player = self.players[usize::from(actor)].clone();
        (0..player.thread.len())
            .map(|depth| self.actor(player.role, player.index, &player.thread[..depth]))
            .collect()
    }

    /// How many members a role has; a single role has one.
    pub fn members(&self, role: RoleId) -> u64 {
        let family = &self.protocol.roles[role.index()].family;
        family.as_ref().map_or(1, |size| self.sizes.of(size))
    }

    /// The number of a wire label.
    pub fn wire(&mut self, branch: Option<&str>, label: LabelId) -> Wire {
        let found = self
            .wires
            .iter()
            .position(|wire| wire.label == label && wire.branch.as_deref() == branch);
        let index = found.unwrap_or_else(|| {
            let branch = branch.map(str::to_owned);
            self.wires.push(WireLabel { branch, label });
            self.wires.len() - 1
        });
        Wire::try_from(index).unwrap_or(Wire::MAX)
    }

    /// The number of a decision.
    pub fn word(&mut self, text: &str) -> Word {
        let found = self.words.iter().position(|word| word == text);
        let index = found.unwrap_or_else(|| {
            self.words.push(text.to_owned());
            self.words.len() - 1
        });
        Word::try_from(index).unwrap_or(Word::MAX)
    }

    /// An actor as people write it.
    pub fn name(&self, actor: Actor) -> String {
        let player = &self.players[usize::from(actor)];
        let role = &self.protocol.roles[player.role.index()];
        let mut name = role.name.clone();
        if role.family.is_some() {
            name = format!("{name}[{}]", player.index);
        }
        for (par, branch) in &player.thread {
            name = format!("{name}'{}.{branch}", par.0);
        }
        name
    }

    /// The actors that a run calls so: a participant with all of its threads.
    pub fn called(&self, name: &str) -> BTreeSet<Actor> {
        let players = (0..).zip(&self.players);
        let called = players.filter(|(_, player)| {
            let role = &self.protocol.roles[player.role.index()];
            let family = role.part.as_ref().map_or(&role.name, |part| &part.family);
            match role.family {
                Some(_) => name == format!("{family}[{}]", player.index),
                None => name == role.name,
            }
        });
        called.map(|(actor, _)| actor).collect()
    }

    /// The wire labels that a run prints so.
    pub fn spelled(&self, label: &str) -> BTreeSet<Wire> {
        let wires = (0..).zip(&self.wires).map(|(wire, _)| wire);
        wires.filter(|wire| self.spell(*wire) == label).collect()
    }

    /// An event as people write it.
    pub fn show(&self, actor: Actor, event: Event) -> String {
        let name = self.name(actor);
        match event {
            Event::Send(to, wire) => format!("{name}!{}:{}", self.name(to), self.spell(wire)),
            Event::Receive(from, wire) => {
                format!("{name}?{}:{}", self.name(from), self.spell(wire))
            }
            Event::Decide(word) => format!("{name} decides {}", self.words[usize::from(word)]),
            Event::Local(local) => {
                let function = &self.protocol.locals[local.index()].function;
                format!("{name} does {function}")
            }
            Event::Arm(timer) => format!("{name} arms timer {}", timer.0),
            Event::Late(timer) => format!("{name} gives up timer {}", timer.0),
            Event::Fork(par) => format!("{name} forks par {}", par.0),
        }
    }

    /// A wire label as people write it.
    pub fn spell(&self, wire: Wire) -> String {
        let WireLabel { branch, label } = &self.wires[usize::from(wire)];
        let label = &self.protocol.labels[label.index()].name;
        match branch {
            Some(branch) => format!("{branch}.{label}"),
            None => label.clone(),
        }
    }
}

/// The blocks directly inside of a step.
pub fn blocks(step: &Step) -> Vec<&Block> {
    match step {
        Step::Send(_) | Step::Continue(..) | Step::Local(_) => Vec::new(),
        Step::Choice(choice) => choice.branches.iter().map(|branch| &branch.body).collect(),
        Step::Counted(counted) => vec![&counted.body],
        Step::Decided(decided) => vec![&decided.body],
        Step::For(each) => vec![&each.body],
        Step::Rec(rec) => vec![&rec.body],
        Step::Par(par) => par.branches.iter().collect(),
        Step::Timeout(timeout) => vec![&timeout.body, &timeout.otherwise],
    }
}

/// Whether two parties are the same, wherever they stand.
pub fn same(one: &Party, other: &Party) -> bool {
    one.role == other.role && one.members == other.members
}

/// Whether a party is a whole family, or a quorum of it.
pub fn is_family(party: &Party) -> bool {
    matches!(party.members, Members::All | Members::Any(_))
}

fn collect_roles(protocol: &Protocol, block: &Block, roles: &mut BTreeSet<RoleId>) {
    for step in &block.steps {
        match step {
            Step::Send(send) => {
                let send = &protocol.sends[send.index()];
                roles.extend([send.from.role, send.to.role]);
            }
            Step::Choice(choice) => {
                roles.insert(choice.decider.role);
            }
            Step::Decided(decided) => {
                roles.insert(decided.decider.role);
            }
            Step::Timeout(timeout) => {
                roles.insert(timeout.decider.role);
            }
            Step::Local(local) => {
                roles.insert(protocol.locals[local.index()].at.role);
            }
            _ => {}
        }
        for body in blocks(step) {
            collect_roles(protocol, body, roles);
        }
    }
}
