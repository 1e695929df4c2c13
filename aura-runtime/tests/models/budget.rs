//! What the accounts stand on.

#[path = "../../src/budget/shared.rs"]
pub(crate) mod shared;

pub(crate) use aura_runtime::budget::Budget;
