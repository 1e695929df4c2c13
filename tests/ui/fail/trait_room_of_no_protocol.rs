//! A room for something that is no protocol.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Room;

struct Auction;

fn wrong(_room: &Room<Auction>) {}

fn main() {}
