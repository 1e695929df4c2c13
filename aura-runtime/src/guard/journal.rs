//! The journal coupler: the facts that go into the same transaction as the charge.

use std::borrow::Cow;

use super::Demand;
use crate::fact::Leaf;

pub(super) fn couple(demand: &Demand<'_>) -> Vec<Leaf> {
    if demand.abstains {
        return Vec::new();
    }
    let rows = demand.row.facts.iter().zip(demand.origins.iter());
    let facts = rows.map(|(row, origin)| {
        let fields = row.fields.iter();
        let fields = fields.filter_map(|name| Some((Cow::Borrowed(*name), (demand.field)(name)?)));
        Leaf::new(origin, demand.step, fields.collect())
    });
    facts.collect()
}
