//! A send may be refused, and nobody looks.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::ToOffer;

#[deny(unused_must_use)]
async fn wrong(state: ToOffer<'_>) {
    state.offer(trade::Offer { price: 1 }).await;
}

fn main() {}
