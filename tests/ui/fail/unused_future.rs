//! A send that nobody awaits is not sent.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::ToOffer;

#[deny(unused_must_use)]
fn wrong(state: ToOffer<'_>) {
    state.offer(trade::Offer { price: 1 });
}

fn main() {}
