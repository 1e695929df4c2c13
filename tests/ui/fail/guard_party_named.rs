//! The role value of a session has no public name.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Party;
use trade::trade::Buyer;

fn wrong(_party: Party<Buyer>) {}

fn main() {}
