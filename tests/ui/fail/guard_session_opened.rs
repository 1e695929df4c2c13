//! The role value of a session cannot be reached.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Session;
use trade::trade::Buyer;

fn wrong(session: Session<Buyer>) {
    drop(session.party);
}

fn main() {}
