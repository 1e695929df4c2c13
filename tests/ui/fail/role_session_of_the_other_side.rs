//! The session of the seller does not start as the buyer.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Session;
use trade::trade::{Seller, buyer};

fn wrong(session: &mut Session<Seller>) -> Option<buyer::ToOffer<'_>> {
    session.start().ok()
}

fn main() {}
