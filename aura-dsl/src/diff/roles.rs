//! For each role, whether its old and new implementations can talk to the others of either version.

use super::Side;
use super::payload::Shapes;
use super::simulate::{Fault, Simulation};
use super::wire::Wire;
use crate::local::Member;

/// A role that both versions have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Role {
    /// The role, or the kind of member: `P`, `Q[i]`.
    pub name: String,
    /// Whether old and new can talk.
    pub talk: Talk,
    /// Why the new one cannot take part among old ones; `None` if it can.
    pub new_among_old: Option<Obstacle>,
    /// Why the old one cannot take part among new ones; `None` if it can.
    pub old_among_new: Option<Obstacle>,
}

/// Whether old and new can talk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Talk {
    /// They do the same on the wire, under the same namespace and version.
    Compatible,
    /// They do the same under another version, or one can take part among the others: the handshake
    /// has to settle on that version.
    Negotiation,
    /// Neither can take part among the others.
    Breaking,
}

impl Talk {
    /// Its name in JSON and in text.
    pub fn name(self) -> &'static str {
        match self {
            Talk::Compatible => "compatible",
            Talk::Negotiation => "compatible with negotiation",
            Talk::Breaking => "breaking",
        }
    }
}

/// Where two machines part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obstacle {
    /// What travels up to there.
    pub after: Vec<String>,
    /// What one then does.
    pub what: String,
}

impl From<Fault> for Obstacle {
    fn from(fault: Fault) -> Self {
        Self {
            after: fault.steps,
            what: fault.what,
        }
    }
}

/// The roles of the new version that the old one has, too.
pub(super) fn roles(old: Side<'_>, new: Side<'_>) -> Vec<Role> {
    let mut shapes = Shapes::default();
    let wires = (Wire::new(old, &mut shapes), Wire::new(new, &mut shapes));
    let mut forward = Simulation::new(&wires.1, &wires.0);
    let mut back = Simulation::new(&wires.0, &wires.1);
    let (left, right) = (machines(old), machines(new));
    let mut found = Vec::new();
    for machine in &right {
        let Some(twin) = twin(machine, &left) else {
            continue;
        };
        let (mine, theirs) = (wires.1.start(machine.at), wires.0.start(twin.at));
        found.push(judged(
            machine,
            unless_refused(old, new, || forward.run(mine, theirs)),
            unless_refused(old, new, || back.run(theirs, mine)),
            title(old) == title(new),
        ));
    }
    // A member that had a machine of its own and now does what all do.
    for machine in left
        .iter()
        .filter(|machine| machine.member != Member::General)
    {
        let special = right.iter().any(|other| other.key() == machine.key());
        if let (false, Some(twin)) = (special, twin(machine, &right)) {
            let (mine, theirs) = (wires.1.start(twin.at), wires.0.start(machine.at));
            found.push(judged(
                machine,
                unless_refused(old, new, || forward.run(mine, theirs)),
                unless_refused(old, new, || back.run(theirs, mine)),
                title(old) == title(new),
            ));
        }
    }
    found
}

fn judged(
    machine: &Own,
    new_among_old: Option<Obstacle>,
    old_among_new: Option<Obstacle>,
    same_title: bool,
) -> Role {
    let talk = match (&new_among_old, &old_among_new) {
        (None, None) if same_title => Talk::Compatible,
        (Some(_), Some(_)) => Talk::Breaking,
        _ => Talk::Negotiation,
    };
    Role {
        name: machine.name.clone(),
        talk,
        new_among_old,
        old_among_new,
    }
}

fn title(side: Side<'_>) -> (&str, &str) {
    let protocol = side.protocol();
    (&protocol.namespace, &protocol.version)
}

/// The machines of a version that cannot be implemented say nothing about who can talk.
fn unless_refused(
    old: Side<'_>,
    new: Side<'_>,
    run: impl FnOnce() -> Result<(), Fault>,
) -> Option<Obstacle> {
    for (side, which) in [(old, "old"), (new, "new")] {
        if !side.implementable() {
            return Some(Obstacle {
                after: Vec::new(),
                what: format!("the {which} version is not implementable"),
            });
        }
    }
    run().err().map(Obstacle::from)
}

/// A machine of a version that is no thread.
struct Own {
    at: usize,
    role: String,
    member: Member,
    name: String,
}

impl Own {
    fn key(&self) -> (&str, Member) {
        (&self.role, self.member)
    }
}

fn machines(side: Side<'_>) -> Vec<Own> {
    let names = side.names();
    let all = side
        .subject
        .locals
        .map_or(&[][..], |locals| &locals.machines);
    let roles = all
        .iter()
        .enumerate()
        .filter(|(_, machine)| machine.owner.thread.is_empty());
    roles
        .map(|(at, machine)| Own {
            at,
            role: names.role(machine.owner.role).to_owned(),
            member: machine.owner.member,
            name: names.member(machine.owner.role, machine.owner.member),
        })
        .collect()
}

/// The other version's machine of a role: its own, or for a member what all members do.
fn twin<'m>(machine: &Own, others: &'m [Own]) -> Option<&'m Own> {
    let own = others.iter().find(|other| other.key() == machine.key());
    own.or_else(|| {
        let general = |other: &&Own| other.role == machine.role && other.member == Member::General;
        others.iter().find(general)
    })
}
