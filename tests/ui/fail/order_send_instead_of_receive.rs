//! Sending where an answer is awaited.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::AwaitAgreeOrDecline;

async fn wrong(state: AwaitAgreeOrDecline<'_>) {
    let _ = state.offer(trade::Offer { price: 1 }).await;
}

fn main() {}
