//! The role value of a session has no public name.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::lane::Lane;
use trade::trade::Buyer;

fn wrong(_lane: Lane<Buyer>) {}

fn main() {}
