//! The leakage guard: every class of observers must have room for what the message tells it.

use super::{Demand, Refusal};
use crate::{ledger::Books, machine::Observer};

pub(super) fn allow(books: &Books, demand: &Demand<'_>) -> Result<(), Refusal> {
    let allowances = &books.context(demand.context).leakage;
    for ((observer, asked), allowance) in Observer::ALL
        .into_iter()
        .zip(demand.row.leak)
        .zip(allowances)
    {
        let available = allowance.headroom();
        if asked > available {
            return Err(Refusal::LeakageExceeded {
                message: demand.message(),
                observer,
                asked,
                available,
            });
        }
    }
    Ok(())
}
