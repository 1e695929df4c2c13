//! A session cannot be cloned: two would send as one.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Session;
use trade::trade::Buyer;

fn wrong(session: &Session<Buyer>) -> Session<Buyer> {
    session.clone()
}

fn main() {}
