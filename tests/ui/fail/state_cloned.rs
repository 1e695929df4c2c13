//! A state cannot be cloned.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::ToOffer;

async fn wrong(state: ToOffer<'_>) {
    let again = state.clone();
    let _ = again.offer(trade::Offer { price: 1 }).await;
}

fn main() {}
