//! The ledger admits what a session asks for, and nobody else.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::ledger::Ledger;

fn wrong() {
    let _ = Ledger::admit;
}

fn main() {}
