//! The payload of another message.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::ToOffer;

async fn wrong(state: ToOffer<'_>) {
    let _ = state.offer(trade::Pay { amount: 1 }).await;
}

fn main() {}
