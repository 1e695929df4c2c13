//! The flow guard: the budget of (context, peer) must cover the cost.

use super::{Demand, Refusal};
use crate::{budget::Budget, ledger::Books};

#[inline]
pub(super) fn allow(books: &Books, demand: &Demand<'_>) -> Result<(), Box<Refusal>> {
    let budget = books.budget(demand.account);
    if demand.row.cost <= budget.headroom() {
        return Ok(());
    }
    Err(Box::new(refuse(budget, demand)))
}

#[cold]
fn refuse(budget: &Budget, demand: &Demand<'_>) -> Refusal {
    Refusal::InsufficientBudget {
        message: demand.message(),
        peer: *demand.peer,
        asked: demand.row.cost,
        available: budget.headroom(),
        limit: budget.limit,
        epoch: budget.epoch,
    }
}
