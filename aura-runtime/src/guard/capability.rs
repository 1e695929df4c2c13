//! The capability guard: the sender must hold what the message demands, for the very values that it carries.

use super::{Demand, Refusal, Toll};
use crate::{
    ledger::{Books, CapabilityId, ContextBook},
    machine::CapabilityRow,
};

/// Whether what is demanded is held whatever its arguments.
#[inline]
pub(super) fn holds(context: &ContextBook, toll: &Toll) -> bool {
    toll.capability.is_none_or(|id| context.holds(id))
}

pub(super) fn allow(books: &Books, demand: &Demand<'_>) -> Result<(), Box<Refusal>> {
    // Saying that one will not answer takes no authority.
    if demand.abstains || holds(books.context(demand.toll.context), &demand.toll) {
        return Ok(());
    }
    let (Some(id), Some(row)) = (demand.toll.capability, &demand.toll.row.capability) else {
        return Ok(());
    };
    allow_for(books, demand, id, row)
}

/// The capability is not held whatever its arguments: it may be for these.
#[cold]
fn allow_for(
    books: &Books,
    demand: &Demand<'_>,
    id: CapabilityId,
    row: &CapabilityRow,
) -> Result<(), Box<Refusal>> {
    let context = books.context(demand.toll.context);
    let arguments = || {
        let names = row.arguments.iter();
        names.map(|name| (demand.field)(name)).collect()
    };
    if context.holds_for(id, arguments) {
        return Ok(());
    }
    Err(Box::new(Refusal::AuthorizationDenied {
        capability: row.name,
        message: demand.message(),
        context: context.id,
    }))
}
