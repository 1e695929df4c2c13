//! A message after the end.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::End;

async fn wrong(state: End<'_>) {
    let _ = state.offer(trade::Offer { price: 1 }).await;
}

fn main() {}
