//! The flow guard: the budget of (context, peer) must cover the cost.

use super::{Demand, Refusal};
use crate::ledger::Books;

pub(super) fn allow(books: &Books, demand: &Demand<'_>) -> Result<(), Refusal> {
    let budget = books.budget(demand.account);
    let available = budget.headroom();
    if demand.row.cost <= available {
        return Ok(());
    }
    Err(Refusal::InsufficientBudget {
        message: demand.message(),
        peer: demand.peer,
        asked: demand.row.cost,
        available,
        limit: budget.limit,
        epoch: budget.epoch,
    })
}
