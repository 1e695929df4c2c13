//! The journal coupler: the facts that go into the same transaction as the charge.

use std::borrow::Cow;

use super::Demand;
use crate::fact::{Leaf, Leaves};

#[inline]
pub(super) fn couple(demand: &Demand<'_>) -> Leaves {
    if demand.abstains || demand.toll.row.facts.is_empty() {
        return Leaves::new();
    }
    leaves(demand)
}

#[inline(never)]
fn leaves(demand: &Demand<'_>) -> Leaves {
    let rows = demand.toll.row.facts.iter().zip(demand.origins);
    let facts = rows.map(|(row, origin)| {
        let fields = row.fields.iter();
        let fields = fields.filter_map(|name| Some((Cow::Borrowed(*name), (demand.field)(name)?)));
        Leaf::new(origin, demand.step, &fields.collect())
    });
    facts.collect()
}
