//! How much a decision may cost.
//!
//! The subset construction and the availability fixpoint are exponential in the worst case. All
//! searches spend from one allowance, so the time that a text can take is bounded and, since steps
//! are counted rather than measured, the same on every machine.

use std::cell::Cell;

/// What is left to spend. A unit is about the visit of one edge.
#[derive(Debug)]
pub(super) struct Work(Cell<u64>);

impl Work {
    /// For the verdict: about a second.
    pub(super) fn for_verdict() -> Self {
        Self(Cell::new(1 << 26))
    }

    /// For all repairs that are tried: about half of that.
    pub(super) fn for_repairs() -> Self {
        Self(Cell::new(1 << 25))
    }

    /// Spends some; whether there was enough.
    pub(super) fn spend(&self, units: usize) -> bool {
        let units = u64::try_from(units).unwrap_or(u64::MAX);
        let left = self.0.get();
        self.0.set(left.saturating_sub(units));
        units <= left
    }

    /// Whether nothing is left.
    pub(super) fn is_spent(&self) -> bool {
        self.0.get() == 0
    }
}
