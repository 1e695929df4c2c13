//! The capability guard: the sender must hold what the message demands, for the very values that it carries.

use super::{Demand, Refusal};
use crate::ledger::Books;

pub(super) fn allow(books: &Books, demand: &Demand<'_>) -> Result<(), Refusal> {
    let (Some(id), Some(row)) = (demand.capability, demand.row.capability) else {
        return Ok(());
    };
    // Saying that one will not answer takes no authority.
    if demand.abstains {
        return Ok(());
    }
    let context = books.context(demand.context);
    let held = context.holds(id)
        || context.holds_for(id, || {
            row.arguments
                .iter()
                .map(|name| (demand.field)(name))
                .collect()
        });
    if held {
        return Ok(());
    }
    Err(Refusal::AuthorizationDenied {
        capability: row.name,
        message: demand.message(),
        context: context.id,
    })
}
