//! A session cannot be built.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Session;
use trade::trade::Buyer;

fn wrong() -> Session<Buyer> {
    Session::new()
}

fn main() {}
