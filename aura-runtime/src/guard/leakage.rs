//! The leakage guard: every class of observers must have room for what the message tells it.

use super::{Demand, Refusal};
use crate::{budget::Allowance, ledger::Books, machine::Observer};

#[inline]
pub(super) fn allow(books: &Books, demand: &Demand<'_>) -> Result<(), Box<Refusal>> {
    let allowances = &books.context(demand.context).leakage;
    let asked = demand.row.leak.iter().zip(allowances);
    for (observer, (asked, allowance)) in Observer::ALL.into_iter().zip(asked) {
        if *asked > allowance.headroom() {
            return Err(Box::new(refuse(observer, allowance, demand)));
        }
    }
    Ok(())
}

#[cold]
fn refuse(observer: Observer, allowance: &Allowance, demand: &Demand<'_>) -> Refusal {
    Refusal::LeakageExceeded {
        message: demand.message(),
        observer,
        asked: demand.row.leak[observer as usize],
        available: allowance.headroom(),
    }
}
