//! Bounds as rows: the run, each role, each pair of sender and receiver.
//!
//! In: the [`Bounds`] of a protocol. Out: an [`Account`] for a measure. What holds: rows stand in
//! the order of the declared roles; a pair has a row exactly if some step sends between the two.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::bounds::Bounds;
use crate::audit::range::{Key, Measure, Payer, Range, Table};
use crate::audit::symbols::Symbols;
use crate::audit::weight::Families;
use crate::global::{Observer, Protocol, RecId, RoleId, SizeId};
use crate::local::Member;
use crate::source::Span;

/// All rows of one measure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// What is counted.
    pub measure: Measure,
    /// All sends of a run together.
    pub run: Amount,
    /// Each role that sends, to all receivers together.
    pub roles: Vec<Row>,
    /// Each pair of a sender and a receiver.
    pub pairs: Vec<Row>,
}

/// Leakage to one class of observers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leak {
    /// Who learns.
    pub observer: Observer,
    /// How much, in millionths.
    pub account: Account,
}

/// What a role spends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The sender; of a family all members together.
    pub role: RoleId,
    /// The receiver, of a family all members; `None` for all receivers.
    pub peer: Option<RoleId>,
    /// How much.
    pub amount: Amount,
    /// Where the sender is a family: what one member spends.
    pub per_member: Option<Amount>,
}

/// An amount over runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Amount {
    /// Over all complete runs; `None` where no run ends.
    pub complete: Option<Range>,
    /// For each recursion that is never left: what comes before it, and each round.
    pub endless: Vec<PerRound>,
}

/// An amount that grows for as long as the run goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PerRound {
    /// The recursion.
    pub rec: RecId,
    /// Its name as written.
    pub name: String,
    /// Where it stands.
    pub span: Span,
    /// Before its first round.
    pub before: Range,
    /// In one round.
    pub round: Range,
}

impl Account {
    pub(crate) fn fill_in(&mut self, sizes: &BTreeMap<SizeId, u64>, symbols: &Symbols) {
        let rows = self.roles.iter_mut().chain(&mut self.pairs);
        let amounts =
            rows.flat_map(|row| std::iter::once(&mut row.amount).chain(&mut row.per_member));
        for amount in amounts.chain(std::iter::once(&mut self.run)) {
            if let Some(range) = &mut amount.complete {
                *range = range.at(sizes, symbols);
            }
            for endless in &mut amount.endless {
                endless.before = endless.before.at(sizes, symbols);
                endless.round = endless.round.at(sizes, symbols);
            }
        }
    }
}

/// The rows of a measure.
pub(crate) fn account(
    protocol: &Protocol,
    bounds: &Bounds,
    measure: Measure,
    symbols: &Symbols,
) -> Account {
    let families = Families::of(protocol, symbols);
    let row = |role: RoleId, peer: Option<RoleId>| Row {
        role,
        peer,
        amount: amount(bounds, |table| {
            table.get(Key {
                measure,
                payer: Payer::Role(role),
                peer,
            })
        }),
        per_member: (!families.members(role).is_empty()).then(|| {
            amount(bounds, |table| {
                one_member(table, measure, role, peer, &families, symbols)
            })
        }),
    };
    let pairs: BTreeSet<(RoleId, RoleId)> = protocol
        .sends
        .iter()
        .map(|send| (send.from.role, send.to.role))
        .collect();
    let senders: BTreeSet<RoleId> = pairs.iter().map(|(sender, _)| *sender).collect();
    Account {
        measure,
        run: amount(bounds, |table| {
            table.get(Key {
                measure,
                payer: Payer::Run,
                peer: None,
            })
        }),
        roles: senders.into_iter().map(|role| row(role, None)).collect(),
        pairs: pairs
            .into_iter()
            .map(|(role, peer)| row(role, Some(peer)))
            .collect(),
    }
}

/// The rows of each class of observers.
pub(crate) fn leakage(protocol: &Protocol, bounds: &Bounds, symbols: &Symbols) -> Vec<Leak> {
    [Observer::External, Observer::Neighbor, Observer::Group]
        .into_iter()
        .map(|observer| Leak {
            observer,
            account: account(protocol, bounds, Measure::Leak(observer), symbols),
        })
        .collect()
}

fn amount(bounds: &Bounds, range: impl Fn(&Table) -> Range) -> Amount {
    Amount {
        complete: bounds.complete.as_ref().map(&range),
        endless: bounds
            .endless
            .iter()
            .map(|endless| PerRound {
                rec: endless.rec,
                name: endless.name.clone(),
                span: endless.span,
                before: range(&endless.before),
                round: range(&endless.round),
            })
            .collect(),
    }
}

/// What any one member of a family spends: the least of the cheapest, the most of the dearest.
fn one_member(
    table: &Table,
    measure: Measure,
    role: RoleId,
    peer: Option<RoleId>,
    families: &Families,
    symbols: &Symbols,
) -> Range {
    let of = |member: &Member| {
        table.get(Key {
            measure,
            payer: Payer::Member(role, *member),
            peer,
        })
    };
    let join = |members: &[Member]| {
        let ranges = members.iter().map(of);
        ranges.reduce(|one, other| one.join(&other, symbols))
    };
    let members = families.members(role);
    let mut range = join(members).unwrap_or_else(Range::zero);
    // Where the family may consist of its named members alone, only these are sure to attain it.
    if let Some(named) = join(members.strip_suffix(&[Member::General]).unwrap_or(members))
        && !families.has_general(role)
    {
        range.best.exact &= named.best == range.best;
        range.worst.exact &= named.worst == range.worst;
        range.needed.exact &= named.needed == range.needed;
    }
    range
}
