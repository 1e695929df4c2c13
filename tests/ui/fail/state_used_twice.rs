//! A state is used up by its step.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::ToOffer;

async fn wrong(state: ToOffer<'_>) {
    let _ = state.offer(trade::Offer { price: 1 }).await;
    let _ = state.offer(trade::Offer { price: 2 }).await;
}

fn main() {}
