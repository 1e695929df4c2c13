//! The leakage guard: every class of observers must have room for what the message tells it.

use super::{Demand, Refusal, Toll};
use crate::{
    budget::Allowance,
    ledger::{Books, ContextBook},
    machine::Observer,
};

/// Whether every class has room.
#[inline]
pub(super) fn fits(context: &ContextBook, toll: &Toll) -> bool {
    let mut asked = toll.row.leak.iter().zip(&context.leakage);
    !toll.row.leaks() || asked.all(|(asked, allowance)| *asked <= allowance.headroom())
}

pub(super) fn allow(books: &Books, demand: &Demand<'_>) -> Result<(), Box<Refusal>> {
    let context = books.context(demand.toll.context);
    if fits(context, &demand.toll) {
        return Ok(());
    }
    let asked = demand.toll.row.leak.iter().zip(&context.leakage);
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
        asked: demand.toll.row.leak[observer as usize],
        available: allowance.headroom(),
    }
}
