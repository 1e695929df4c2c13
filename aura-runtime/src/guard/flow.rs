//! The flow guard: the budget of (context, peer) must cover the cost.

use super::{Demand, Refusal, Toll};
use crate::{budget::Budget, ledger::Books};

/// Whether the cost may still be spent.
#[inline]
pub(super) fn covers(budget: &Budget, toll: &Toll) -> bool {
    toll.row.cost <= budget.headroom()
}

pub(super) fn allow(books: &Books, demand: &Demand<'_>) -> Result<(), Box<Refusal>> {
    let budget = books.budget(demand.toll.account);
    if covers(budget, &demand.toll) {
        return Ok(());
    }
    Err(Box::new(refuse(budget, demand)))
}

#[cold]
fn refuse(budget: &Budget, demand: &Demand<'_>) -> Refusal {
    Refusal::InsufficientBudget {
        message: demand.message(),
        peer: *demand.peer,
        asked: demand.toll.row.cost,
        available: budget.headroom(),
        limit: budget.limit,
        epoch: budget.epoch,
    }
}
