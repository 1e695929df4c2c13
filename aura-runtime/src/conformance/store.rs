//! What a store must do.
//!
//! In: a function that opens a store, the same one whenever it is called, empty at first. Out: the
//! first property that does not hold. What is compared is what a ledger would start from after each
//! opening, against sums that are added up here in the plainest way. Left out on purpose: power
//! failures and full disks, which only the medium can stage.

mod script;

use self::script::{Dice, expected, records};
use super::transport::Failure;
use crate::{
    budget::Budget,
    fact::FactId,
    identity::ContextId,
    journal::{Cut, Namespace},
    store::{
        Archive, Compacted, Content, Damage, Holdings, Record, Rewrite, Rows, Store, StoreError,
        audit,
    },
};

type Found = Result<(), String>;

/// Batches that a run commits, and after how many of them it opens the store again.
const BATCHES: usize = 60;
const REOPEN: u64 = 7;

/// Runs every property of a [`Store`].
///
/// ```
/// use aura_runtime::{conformance::store::check, store::MemoryStore};
/// let store = MemoryStore::default();
/// check(|| Ok(store.clone())).unwrap();
/// ```
pub fn check<S: Store>(mut open: impl FnMut() -> Result<S, StoreError>) -> Result<(), Failure> {
    property("a new store is empty", empty(&mut open))?;
    property("what was committed is there", committed(&mut open))?;
    property("a batch is there whole or not at all", whole(&mut open))?;
    property("facts are those that some journal holds", held(&mut open))
}

/// Runs every property of a store that is an [`Archive`] as well, [`check`] before them. `other` opens
/// a second store, empty at first; `exclusive` says that a store cannot be open twice.
pub fn check_archive<S: Store + Rewrite, T: Store + Rewrite>(
    mut open: impl FnMut() -> Result<S, StoreError>,
    mut other: impl FnMut() -> Result<T, StoreError>,
    exclusive: bool,
) -> Result<(), Failure> {
    check(&mut open)?;
    property(
        "a store that nobody has damaged is whole",
        unharmed(&mut open),
    )?;
    property(
        "charges and contents are what was committed",
        kept(&mut open),
    )?;
    property("a copy is the store", copied(&mut open, &mut other))?;
    property(
        "what is forgotten is gone, and no more",
        forgotten(&mut open),
    )?;
    if exclusive {
        property("a store is open once at a time", once(&mut open))?;
    }
    Ok(())
}

fn property(property: &'static str, outcome: Found) -> Result<(), Failure> {
    outcome.map_err(|found| Failure { property, found })
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}

fn same<T: PartialEq + std::fmt::Debug>(found: &T, expected: &T) -> Found {
    if found == expected {
        Ok(())
    } else {
        Err(format!("{found:?} instead of {expected:?}"))
    }
}

fn load<S: Store>(store: &mut S) -> Result<Holdings, String> {
    let mut holdings = store.load().map_err(said)?;
    script::sort(&mut holdings);
    Ok(holdings)
}

fn empty<S: Store>(open: &mut impl FnMut() -> Result<S, StoreError>) -> Found {
    same(&load(&mut open().map_err(said)?)?, &Holdings::default())
}

fn committed<S: Store>(open: &mut impl FnMut() -> Result<S, StoreError>) -> Found {
    let mut dice = Dice::new(1);
    let mut history: Vec<Record> = Vec::new();
    let mut store = open().map_err(said)?;
    for _ in 0..BATCHES {
        let batch = records(&mut dice);
        store.commit(&batch).map_err(said)?;
        history.extend(batch);
        if dice.below(REOPEN) == 0 {
            drop(store);
            store = open().map_err(said)?;
            same(&load(&mut store)?, &expected(&history))?;
        }
    }
    drop(store);
    same(&load(&mut open().map_err(said)?)?, &expected(&history))
}

/// A batch that ends with a charge beyond what a database can count is refused whole, or taken whole.
fn whole<S: Store>(open: &mut impl FnMut() -> Result<S, StoreError>) -> Found {
    let (context, peer) = script::place(7);
    let budget = |limit| Record::Budget {
        context,
        peer,
        epoch: 1,
        limit,
    };
    let mut too_much = script::send(context, peer, 1, 2, 900);
    too_much.cost = u64::MAX;
    let mut store = open().map_err(said)?;
    let before = load(&mut store)?;
    let batch = [budget(70), Record::Send(Box::new(too_much))];
    let taken = store.commit(&batch).is_ok();
    drop(store);
    let mut store = open().map_err(said)?;
    let found = load(&mut store)?;
    let has = |holdings: &Holdings| holdings.budgets.iter().any(|row| row.1 == peer);
    if taken != has(&found) || (!taken && found != before) {
        return Err("a refused batch has left a part of it".to_owned());
    }
    store.commit(&[budget(50)]).map_err(said)?;
    drop(store);
    let found = load(&mut open().map_err(said)?)?;
    let row = found.budgets.iter().find(|row| row.1 == peer);
    let spent = if taken { u64::MAX } else { 0 };
    let budget = Budget {
        epoch: 1,
        limit: 50,
        spent,
    };
    same(&row.map(|row| row.2), &Some(budget))
}

/// Facts go when their context and their author have both let go of them, and do not come back.
fn held<S: Store>(open: &mut impl FnMut() -> Result<S, StoreError>) -> Found {
    let (context, peer) = script::place(9);
    let sent: Vec<_> = (0..4)
        .map(|step| script::send(context, peer, 1, 1, step))
        .collect();
    let ids: Vec<_> = sent.iter().map(|sent| sent.facts[0].0).collect();
    let cut = |namespace, gone: &[FactId]| {
        let fact = &sent[0].facts[0].1;
        Record::Cut {
            namespace,
            compacted: Compacted {
                cut: Cut::below(fact.author, fact.session, 2),
                state: Some(vec![7]),
            },
            gone: gone.to_vec(),
        }
    };
    let [by_context, by_author] = Namespace::of(&sent[0].facts[0].1);
    let all = || sent.iter().map(|sent| Record::Send(Box::new(sent.clone())));
    let mut store = open().map_err(said)?;
    store.commit(&all().collect::<Vec<_>>()).map_err(said)?;
    store.commit(&[cut(by_context, &[])]).map_err(said)?;
    same(&facts(&mut store, context)?, &sorted(&ids))?;
    store.commit(&[cut(by_author, &ids[..2])]).map_err(said)?;
    store.commit(&all().collect::<Vec<_>>()).map_err(said)?;
    drop(store);
    let mut store = open().map_err(said)?;
    same(&facts(&mut store, context)?, &sorted(&ids[2..]))?;
    let cuts = load(&mut store)?.cuts;
    let state = cuts.iter().find(|(namespace, _)| *namespace == by_author);
    same(
        &state.map(|(_, compacted)| compacted.state.clone()),
        &Some(Some(vec![7])),
    )
}

fn sorted(ids: &[FactId]) -> Vec<FactId> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    ids
}

/// The ids of a context's facts, as a store gives them.
fn facts(store: &mut impl Store, context: ContextId) -> Result<Vec<FactId>, String> {
    let mut ids = Vec::new();
    let read = store.facts(&mut |id, fact| {
        if fact.fact().context == context {
            ids.push(id);
        }
    });
    read.map_err(said)?;
    Ok(ids)
}

fn unharmed<S: Store + Archive>(open: &mut impl FnMut() -> Result<S, StoreError>) -> Found {
    same(&audit(&mut open().map_err(said)?), &Vec::<Damage>::new())
}

/// Everything that an archive gives.
fn rows(store: &mut dyn Archive) -> Result<Rows, String> {
    let mut rows = Rows::default();
    let cells = store.cells().map_err(said)?.into_iter();
    rows.cells = cells.map(|(key, cell, _)| (key, cell)).collect();
    let charges = &mut rows.charges;
    let read = store.charges(&mut |charge, _| {
        charges.push(charge);
        Ok(())
    });
    read.map_err(said)?;
    let (facts, receipts) = (&mut rows.facts, &mut rows.receipts);
    let read = store.contents(&mut |id, content| {
        match content {
            Content::Fact(fact) => facts.push((crate::fact::FactId(id), fact.fact())),
            Content::Receipts(chain) => receipts.push((crate::receipt::ReceiptId(id), chain)),
            Content::Sealed => {}
        }
        Ok(())
    });
    read.map_err(said)?;
    Ok(rows)
}

fn kept<S: Store + Archive>(open: &mut impl FnMut() -> Result<S, StoreError>) -> Found {
    let (context, peer) = script::place(8);
    let mut store = open().map_err(said)?;
    let before = rows(&mut store)?;
    let sent = script::send(context, peer, 1, 5, 901);
    store
        .commit(&[
            Record::Send(Box::new(sent.clone())),
            Record::Facts(sent.facts.clone()),
        ])
        .map_err(said)?;
    drop(store);
    let after = rows(&mut open().map_err(said)?)?;
    let (old, new) = after
        .charges
        .split_at(before.charges.len().min(after.charges.len()));
    same(&old, &&before.charges[..])?;
    let [charge] = new else {
        return Err(format!("{} charges of one send", new.len()));
    };
    same(
        &(charge.session, charge.step, charge.cost, charge.leak),
        &(sent.session, sent.step, sent.cost, sent.leak),
    )?;
    same(&charge.line.as_deref(), &sent.log)?;
    let mut facts = before.facts;
    facts.extend(sent.facts);
    facts.sort_by_key(|(id, _)| *id);
    same(&after.facts, &facts)
}

fn copied<S: Store + Archive, T: Store + Rewrite>(
    open: &mut impl FnMut() -> Result<S, StoreError>,
    other: &mut impl FnMut() -> Result<T, StoreError>,
) -> Found {
    let mut store = open().map_err(said)?;
    let original = rows(&mut store)?;
    let mut copy = other().map_err(said)?;
    copy.rewrite(original.clone()).map_err(said)?;
    drop(copy);
    let mut copy = other().map_err(said)?;
    let found = rows(&mut copy)?;
    let plain = |rows: &Rows| {
        let mut cells = rows.cells.clone();
        cells.retain(|(key, _)| key.kind() != "seal");
        cells.sort_by(|left, right| left.0.cmp(&right.0));
        (
            cells,
            rows.charges.clone(),
            rows.facts.clone(),
            rows.receipts.clone(),
        )
    };
    same(&plain(&found), &plain(&original))?;
    same(&load(&mut copy)?, &load(&mut store)?)
}

fn forgotten<S: Store + Rewrite>(open: &mut impl FnMut() -> Result<S, StoreError>) -> Found {
    let mut store = open().map_err(said)?;
    let before = rows(&mut store)?;
    let gone: Vec<_> = before.facts.iter().step_by(2).map(|(id, _)| *id).collect();
    if gone.is_empty() {
        return Err("there are no facts to forget".to_owned());
    }
    let chains = before.receipts.iter().map(|(id, _)| *id);
    let spent: Vec<_> = chains.step_by(2).collect();
    // What is not there is forgotten, too.
    for _ in 0..2 {
        let rewrite = Rows {
            gone: gone.clone(),
            spent: spent.clone(),
            ..Rows::default()
        };
        store.rewrite(rewrite).map_err(said)?;
    }
    drop(store);
    let mut store = open().map_err(said)?;
    same(&audit(&mut store), &Vec::new())?;
    let after = rows(&mut store)?;
    let left = before.facts.iter().filter(|(id, _)| !gone.contains(id));
    same(&after.facts, &left.cloned().collect())?;
    let chains = before.receipts.iter();
    let left = chains.filter(|(id, _)| !spent.contains(id));
    same(&after.receipts, &left.cloned().collect())?;
    same(&after.charges, &before.charges)
}

fn once<S: Store>(open: &mut impl FnMut() -> Result<S, StoreError>) -> Found {
    let first = open().map_err(said)?;
    let outcome = match open() {
        Ok(_) => Err("it is open twice".to_owned()),
        Err(StoreError::Busy(_)) => Ok(()),
        Err(other) => Err(format!("refused for another reason: {other}")),
    };
    drop(first);
    outcome.and_then(|()| open().map(drop).map_err(said))
}
