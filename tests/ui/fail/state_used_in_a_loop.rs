//! A state is used up by the first round.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::ToOffer;

async fn wrong(state: ToOffer<'_>) {
    for price in 0..2 {
        let _ = state.offer(trade::Offer { price }).await;
    }
}

fn main() {}
