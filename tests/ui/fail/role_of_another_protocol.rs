//! A role takes a seat in a room of another protocol.

#[path = "../trade.rs"]
mod trade;

use std::sync::Arc;

use aura_runtime::ledger::Ledger;
use aura_runtime::session::Room;
use trade::trade::{Buyer, Trade};

#[path = "../trade.rs"]
mod other;

fn wrong(room: &mut Room<Trade>, ledger: &Arc<Ledger>) {
    let _ = room.join::<Buyer>(ledger);
    let _ = room.join::<other::trade::Buyer>(ledger);
}

fn main() {}
