//! A state does not outlive its session.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Session;
use trade::trade::Buyer;
use trade::trade::buyer::ToOffer;

fn wrong(mut session: Session<Buyer>) -> Option<ToOffer<'static>> {
    session.start().ok()
}

fn main() {}
