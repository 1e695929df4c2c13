//! Whether a store is whole: every row against its digest, every sum against the rows.
//!
//! In: an [`Archive`], read from end to end. Out: what is [damaged](Damage), all of it. A ledger does
//! not start from a store with damage. What can be found: a row that was changed, that is missing or
//! that was added, a budget whose spending is not the sum of its charges, a receipt that does not
//! follow from the one before it, a table that cannot be read. What cannot: an older image of the
//! whole store, which is as whole as it was then; receipts' counters tell that.

use std::collections::BTreeMap;

use super::{
    StoreError,
    rows::{Cell, Digest, Head, Key, StoredCharge, digest, encode},
};
use crate::{
    fact::{Fact, FactId, Origins, WrittenFact},
    machine::Observer,
    receipt::{Chain, ReceiptId},
};

/// Something that is stored under its hash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content<'a> {
    /// A fact.
    Fact(WrittenFact<'a>),
    /// A chain of receipts that was accepted.
    Receipts(Chain),
    /// A body that is sealed with a key that was not given.
    Sealed,
}

#[cfg(feature = "postgres")]
impl Content<'_> {
    /// The same, on bytes of its own.
    pub(super) fn into_owned(self) -> Content<'static> {
        match self {
            Self::Fact(fact) => Content::Fact(fact.into_owned()),
            Self::Receipts(chain) => Content::Receipts(chain),
            Self::Sealed => Content::Sealed,
        }
    }
}

/// Read access to everything that a store holds. Each method reads from the store, not from memory.
pub trait Archive {
    /// What the store says that it holds.
    fn head(&mut self) -> Result<Head, StoreError>;

    /// Every cell with its digest, in order.
    fn cells(&mut self) -> Result<Vec<(Key, Cell, Digest)>, StoreError>;

    /// Every charge with its digest, in the order of writing.
    fn charges(
        &mut self,
        each: &mut dyn FnMut(StoredCharge, Digest) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;

    /// Every fact and every chain of receipts under its id, in the order of ids, facts first.
    fn contents(
        &mut self,
        each: &mut dyn FnMut(Digest, Content<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError>;
}

/// Rows as an archive gives them, to be written into another one.
#[derive(Clone, Debug, Default)]
pub struct Rows {
    /// Cells.
    pub cells: Vec<(Key, Cell)>,
    /// Charges, in the order of writing.
    pub charges: Vec<StoredCharge>,
    /// Facts.
    pub facts: Vec<(FactId, Fact)>,
    /// Chains of receipts.
    pub receipts: Vec<(ReceiptId, Chain)>,
    /// Facts that are to go.
    pub gone: Vec<FactId>,
    /// Chains of receipts that are to go; that they were used stays in the cells.
    pub spent: Vec<ReceiptId>,
}

/// What changes a store other than a ledger: moving one, and compaction.
pub trait Rewrite: Archive {
    /// Writes rows as they are, and removes what is to go, as one transaction. Cells replace what stood
    /// there.
    fn rewrite(&mut self, rows: Rows) -> Result<(), StoreError>;
}

/// What is wrong with a store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Damage {
    /// A part cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// A cell is not what was written.
    #[error("the {kind} cell {key:?} is not what was written")]
    Cell {
        /// Its kind.
        kind: &'static str,
        /// Where it stands.
        key: Key,
    },
    /// A charge does not follow from the one before it.
    #[error("charge {0}, counted from 1, is not what was written behind the one before it")]
    Charge(u64),
    /// A fact or a chain of receipts does not stand under its hash.
    #[error("what stands under {0} is something else")]
    Content(String),
    /// A chain of receipts does not hold.
    #[error("the chain of receipts {0} does not hold: {1}")]
    Receipts(String, String),
    /// There are more or fewer rows than were written, or others.
    #[error("the {what} are not those that were written: there are {found}, and {written} were")]
    Rows {
        /// Which rows.
        what: &'static str,
        /// How many were found.
        found: u64,
        /// How many were written.
        written: u64,
    },
    /// A budget of several devices cannot have come about.
    #[error("{key:?} is no budget of several devices that can be: {what}")]
    Shared {
        /// Where it stands.
        key: Key,
        /// Why not.
        what: String,
    },
    /// What a budget or an allowance says is spent is not what the charges add up to.
    #[error("{key:?} says {said} is spent, and the charges add up to {sum}")]
    Sum {
        /// The budget or allowance.
        key: Key,
        /// What it says.
        said: u64,
        /// What the charges say.
        sum: u128,
    },
}

/// Reads the whole store; what is damaged, in the order of finding. Empty if it is whole.
pub fn audit(store: &mut dyn Archive) -> Vec<Damage> {
    let head = match store.head() {
        Ok(head) => head,
        Err(error) => return vec![Damage::Unreadable(error.to_string())],
    };
    let mut damage = audit_sums(&head, store);
    damage.append(&mut audit_contents(&head, |each| store.contents(each)));
    damage
}

/// The cells, and the charges that they sum up.
pub(super) fn audit_sums(head: &Head, store: &mut dyn Archive) -> Vec<Damage> {
    let mut damage = Vec::new();
    let cells = store.cells().unwrap_or_else(|error| {
        damage.push(Damage::Unreadable(error.to_string()));
        Vec::new()
    });
    audit_cells(head, &cells, &mut damage);
    audit_shared(&cells, &mut damage);
    audit_charges(head, &cells, store, &mut damage);
    damage
}

fn audit_cells(head: &Head, cells: &[(Key, Cell, Digest)], damage: &mut Vec<Damage>) {
    let mut found = Head::default();
    for (key, cell, written) in cells {
        if digest(&encode(key), &encode(cell)) != *written {
            damage.push(Damage::Cell {
                kind: key.kind(),
                key: key.clone(),
            });
        }
        found.put(None, written);
    }
    if (found.cells, found.cell_sum) != (head.cells, head.cell_sum) {
        damage.push(Damage::Rows {
            what: "cells",
            found: found.cells,
            written: head.cells,
        });
    }
}

/// Budgets of several devices: nobody has spent what it cannot have held, and what others know of this
/// device's spending is in its charges.
fn audit_shared(cells: &[(Key, Cell, Digest)], damage: &mut Vec<Damage>) {
    let device = cells.iter().find_map(|(_, cell, _)| match cell {
        Cell::Device(device) => Some(*device),
        _ => None,
    });
    for (key, cell, _) in cells {
        let (Key::Shared(context, peer), Cell::Shared(shared)) = (key, cell) else {
            continue;
        };
        let own = cells.iter().find_map(|(of, cell, _)| match cell {
            Cell::Budget(own) if *of == Key::Budget(*context, *peer) => Some(*own),
            _ => None,
        });
        let own = own.unwrap_or_default();
        let known = device.map_or(0, |device| shared.spent_by(device));
        let what = if let Some(device) = shared.overdrawn() {
            format!("{device:?} has spent or handed on more than it can have held")
        } else if own.epoch < shared.epoch() {
            format!(
                "it is of epoch {}, and the device is in {}",
                shared.epoch(),
                own.epoch
            )
        } else if own.epoch == shared.epoch() && known > own.spent {
            format!(
                "others know that {known} is spent here, and the charges say {}",
                own.spent
            )
        } else {
            continue;
        };
        damage.push(Damage::Shared {
            key: key.clone(),
            what,
        });
    }
}

fn audit_charges(
    head: &Head,
    cells: &[(Key, Cell, Digest)],
    store: &mut dyn Archive,
    damage: &mut Vec<Damage>,
) {
    let (mut count, mut chain) = (0, Digest::default());
    // More charges than a machine can hold do not fill 128 bits.
    let mut sums: BTreeMap<(Key, u64), u128> = BTreeMap::new();
    let mut add = |key, epoch, cost: u64| {
        if cost > 0 {
            *sums.entry((key, epoch)).or_default() += u128::from(cost);
        }
    };
    let mut broken = Vec::new();
    let read = store.charges(&mut |charge, written| {
        count += 1;
        chain = charge.follow(&chain);
        if chain != written {
            broken.push(Damage::Charge(count));
            // What follows is judged by what was written, so that one change is told once.
            chain = written;
        }
        add(
            Key::Budget(charge.context, charge.peer),
            charge.epoch,
            charge.cost,
        );
        for (observer, leak) in Observer::ALL.into_iter().zip(charge.leak) {
            add(Key::Leakage(charge.context, observer as u8), 0, leak);
        }
        Ok(())
    });
    damage.append(&mut broken);
    if let Err(error) = read {
        damage.push(Damage::Unreadable(error.to_string()));
        return;
    }
    if (count, chain) != (head.charges, head.chain) {
        damage.push(Damage::Rows {
            what: "charges",
            found: count,
            written: head.charges,
        });
    }
    for (key, cell, _) in cells {
        let (epoch, said) = match cell {
            Cell::Budget(budget) => (budget.epoch, budget.spent),
            Cell::Leakage(allowance) => (0, allowance.spent),
            _ => continue,
        };
        let sum = sums.get(&(key.clone(), epoch)).copied().unwrap_or(0);
        if sum != u128::from(said) {
            damage.push(Damage::Sum {
                key: key.clone(),
                said,
                sum,
            });
        }
    }
}

/// Takes what stands under its hash, one after the other.
type Each<'a> = &'a mut dyn FnMut(Digest, Content<'_>) -> Result<(), StoreError>;

/// The facts and receipts that `read` gives.
pub(super) fn audit_contents(
    head: &Head,
    read: impl FnOnce(Each<'_>) -> Result<(), StoreError>,
) -> Vec<Damage> {
    let (mut found, mut origins) = (Head::default(), Origins::default());
    let mut damage = Vec::new();
    let read = read(&mut |id, content| {
        found.add_content(&id);
        match content {
            Content::Fact(fact) => {
                if origins.id(&fact).0 != id {
                    damage.push(Damage::Content(hex(&id)));
                }
            }
            Content::Receipts(chain) => {
                if chain.receipts().last().map(|last| last.receipt().id().0) != Some(id) {
                    damage.push(Damage::Content(hex(&id)));
                } else if let Err(error) = chain.verify_alone() {
                    damage.push(Damage::Receipts(hex(&id), error.to_string()));
                }
            }
            Content::Sealed => {}
        }
        Ok(())
    });
    if let Err(error) = read {
        damage.push(Damage::Unreadable(error.to_string()));
    } else if (found.contents, found.content_sum) != (head.contents, head.content_sum) {
        damage.push(Damage::Rows {
            what: "facts and receipts",
            found: found.contents,
            written: head.contents,
        });
    }
    damage
}

fn hex(id: &Digest) -> String {
    blake3::Hash::from_bytes(*id).to_hex().to_string()
}
