//! The capability guard: the sender must hold what the message demands, for the very values that it carries.

use super::{Demand, Refusal};
use crate::{
    ledger::{Books, CapabilityId},
    machine::CapabilityRow,
};

#[inline]
pub(super) fn allow(books: &Books, demand: &Demand<'_>) -> Result<(), Box<Refusal>> {
    let (Some(id), Some(row)) = (demand.capability, &demand.row.capability) else {
        return Ok(());
    };
    // Saying that one will not answer takes no authority.
    if demand.abstains || books.context(demand.context).holds(id) {
        return Ok(());
    }
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
    let context = books.context(demand.context);
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
