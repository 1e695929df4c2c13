//! A message without its payload.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::ToOffer;

async fn wrong(state: ToOffer<'_>) {
    let _ = state.offer().await;
}

fn main() {}
