//! The ledger alone proves that it has committed.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::ledger::Committed;

fn wrong() -> Committed {
    Committed(())
}

fn main() {}
