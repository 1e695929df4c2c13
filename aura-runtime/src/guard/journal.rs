//! The journal coupler: the facts that go into the same transaction as the charge.

use std::borrow::Cow;

use super::Demand;
use crate::{
    fact::{Fact, FactId},
    ledger::Books,
};

pub(super) fn couple(books: &Books, demand: &Demand<'_>) -> Vec<(FactId, Fact)> {
    if demand.abstains {
        return Vec::new();
    }
    let facts = demand.row.facts.iter().map(|row| Fact {
        namespace: Cow::Borrowed(demand.protocol.namespace),
        name: Cow::Borrowed(row.name),
        protocol: demand.protocol.hash,
        context: books.context(demand.context).id,
        session: demand.session,
        step: demand.step,
        role: demand.row.from.0,
        author: demand.author,
        peer: demand.peer,
        fields: row
            .fields
            .iter()
            .filter_map(|name| Some((Cow::Borrowed(*name), (demand.field)(name)?)))
            .collect(),
    });
    facts.map(|fact| (fact.id(), fact)).collect()
}
