//! The flow guard: the headroom that this device holds towards the peer must cover the cost.

use super::{Demand, Refusal, Toll};
use crate::ledger::Books;

/// Whether the cost may still be spent.
#[inline]
pub(super) fn covers(headroom: u64, toll: &Toll) -> bool {
    toll.row.cost <= headroom
}

pub(super) fn allow(books: &Books, demand: &Demand<'_>) -> Result<(), Box<Refusal>> {
    if covers(books.headroom(demand.toll.account), &demand.toll) {
        return Ok(());
    }
    Err(Box::new(refuse(books, demand)))
}

#[cold]
fn refuse(books: &Books, demand: &Demand<'_>) -> Refusal {
    let (epoch, limit) = books.terms(demand.toll.account);
    Refusal::InsufficientBudget {
        message: demand.message(),
        peer: *demand.peer,
        asked: demand.toll.row.cost,
        available: books.headroom(demand.toll.account),
        limit,
        epoch,
    }
}
