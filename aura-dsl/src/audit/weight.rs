//! What one step weighs: its cost and leakage, by who pays and who receives.
//!
//! In: a send. Out: a [`Table`] of exact values. What holds: a family as receiver counts whole; a
//! family as sender counts whole and, apart from that, as one member (SEMANTICS 6). Every member
//! of a quorum sends, for a late answer keeps the channel's order, so all answers are charged, and
//! only `needed` says how few would do.

use std::collections::BTreeMap;

use crate::audit::polynomial::Polynomial;
use crate::audit::range::{Key, Measure, Payer, Range, Table};
use crate::audit::symbols::{Symbols, constant};
use crate::global::{Members, Party, Protocol, Role, RoleId, Send};
use crate::local::Member;

/// Up to this many constant indices of a family its members are told apart; beyond, one member
/// stands for all, with bounds that hold for each.
const MEMBERS: usize = 32;

/// The families of a protocol, as far as weights depend on them.
pub(crate) struct Families {
    sizes: Vec<Option<Polynomial>>,
    members: Vec<Vec<Member>>,
    general: Vec<bool>,
}

impl Families {
    pub(crate) fn of(protocol: &Protocol, symbols: &Symbols) -> Self {
        let sizes = protocol.roles.iter().map(|role| {
            let size = role.family.as_ref()?;
            Some(Polynomial::of_size(size, symbols))
        });
        let members = protocol.roles.iter().map(told_apart);
        let general = protocol.roles.iter().map(|role| {
            let named = Polynomial::from(role.constants.len() as u64);
            let size = role.family.as_ref();
            let size = size.map(|size| Polynomial::of_size(size, symbols));
            size.is_some_and(|size| size.minus(&Polynomial::from(1)).dominates(&named, symbols))
        });
        Self {
            sizes: sizes.collect(),
            members: members.collect(),
            general: general.collect(),
        }
    }

    /// Whether a family has a member without a constant index at every size.
    pub(crate) fn has_general(&self, role: RoleId) -> bool {
        self.general.get(role.index()).copied().unwrap_or(false)
    }

    /// How many members a role has.
    pub(crate) fn size(&self, role: RoleId) -> Polynomial {
        let family = self.sizes.get(role.index()).and_then(Option::as_ref);
        family.cloned().unwrap_or_else(|| Polynomial::from(1))
    }

    /// A family's size without one member.
    fn others(&self, role: RoleId) -> Polynomial {
        self.size(role).minus(&Polynomial::from(1))
    }

    /// The members of a family that are told apart; none for a single role.
    pub(crate) fn members(&self, role: RoleId) -> &[Member] {
        self.members.get(role.index()).map_or(&[], Vec::as_slice)
    }
}

/// The members of a role that are told apart.
fn told_apart(role: &Role) -> Vec<Member> {
    let Some(size) = &role.family else {
        return Vec::new();
    };
    if role.constants.len() > MEMBERS {
        return vec![Member::General];
    }
    let named = role.constants.iter().copied().map(Member::Constant);
    let others = constant(size) != Some(role.constants.len() as u64);
    named.chain(others.then_some(Member::General)).collect()
}

/// How a sending family is counted.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Senders {
    /// As written.
    Written,
    /// Only one member sends: each decides for itself, and the choice multiplies.
    One,
}

/// Senders and receivers of a step as numbers.
struct Counts {
    senders: Polynomial,
    needed: Polynomial,
    receivers: Polynomial,
}

fn counts(send: &Send, families: &Families, symbols: &Symbols, mode: Senders) -> Counts {
    let same = send.from.role == send.to.role;
    let one = || Polynomial::from(1);
    let everybody = |party: &Party, other: &Party| {
        if same && matches!(other.members, Members::Constant(_) | Members::Index(_)) {
            families.others(party.role)
        } else {
            families.size(party.role)
        }
    };
    let receivers = match &send.to.members {
        Members::All if same && send.from.members == Members::All => families.others(send.to.role),
        Members::All | Members::Any(_) => everybody(&send.to, &send.from),
        _ => one(),
    };
    let (senders, needed) = match (&send.from.members, mode) {
        (Members::All, Senders::Written) => {
            let all = everybody(&send.from, &send.to);
            (all.clone(), all)
        }
        (Members::Any(quorum), Senders::Written) => (
            everybody(&send.from, &send.to),
            Polynomial::of_size(quorum, symbols),
        ),
        _ => (one(), one()),
    };
    Counts {
        senders,
        needed,
        receivers,
    }
}

/// The weight of a send.
pub(crate) fn weigh(send: &Send, families: &Families, symbols: &Symbols, mode: Senders) -> Table {
    let counts = counts(send, families, symbols, mode);
    let mut table = Table::default();
    for (measure, value) in measures(send) {
        let each = counts.receivers.times(&Polynomial::from(value));
        let whole = Range::quorum(counts.needed.times(&each), counts.senders.times(&each));
        for payer in [Payer::Run, Payer::Role(send.from.role)] {
            add(&mut table, measure, payer, send.to.role, &whole);
        }
        for member in families.members(send.from.role) {
            if let Some(range) = share(send, *member, &each, families) {
                let payer = Payer::Member(send.from.role, *member);
                add(&mut table, measure, payer, send.to.role, &range);
            }
        }
    }
    table
}

fn add(table: &mut Table, measure: Measure, payer: Payer, peer: RoleId, range: &Range) {
    table.add(
        Key {
            measure,
            payer,
            peer: None,
        },
        range,
    );
    if payer != Payer::Run {
        table.add(
            Key {
                measure,
                payer,
                peer: Some(peer),
            },
            range,
        );
    }
}

/// What is counted of a send, per pair of sender and receiver.
fn measures(send: &Send) -> BTreeMap<Measure, u64> {
    let mut values = BTreeMap::from([(Measure::Cost, send.terms.cost)]);
    for (observer, leak) in &send.terms.leak {
        let sum: &mut u64 = values.entry(Measure::Leak(*observer)).or_insert(0);
        *sum = sum.saturating_add(*leak);
    }
    values.retain(|_, value| *value > 0);
    values
}

/// What one member of the sending family sends.
fn share(send: &Send, member: Member, each: &Polynomial, families: &Families) -> Option<Range> {
    let collapsed = families.members(send.from.role) == [Member::General];
    let maybe = || {
        let mut range = Range::exactly(each.clone());
        range.best = Range::zero().best;
        range.needed = Range::zero().needed;
        range
    };
    match (&send.from.members, member) {
        (Members::Any(_), _) => Some(Range::quorum(Polynomial::default(), each.clone())),
        (Members::All, Member::Constant(own)) => {
            // A member does not send to itself.
            let itself =
                send.from.role == send.to.role && send.to.members == Members::Constant(own);
            (!itself).then(|| Range::exactly(each.clone()))
        }
        (Members::All | Members::Index(_) | Members::Single, _) => {
            Some(Range::exactly(each.clone()))
        }
        (Members::Constant(index), Member::Constant(own)) if *index == own => {
            Some(Range::exactly(each.clone()))
        }
        (Members::Constant(_), Member::General) if collapsed => Some(maybe()),
        (Members::Constant(_), _) => None,
    }
}
