//! The channels of a room cannot be reached.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Room;
use trade::trade::Trade;

fn wrong(room: Room<Trade>) {
    drop(room.seats);
}

fn main() {}
