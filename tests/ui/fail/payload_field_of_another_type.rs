//! A field of another type.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::ToOffer;

async fn wrong(state: ToOffer<'_>) {
    let _ = state.offer(trade::Offer { price: "much" }).await;
}

fn main() {}
