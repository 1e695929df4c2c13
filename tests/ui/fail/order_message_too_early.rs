//! A message before its turn: the offer comes first.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::ToOffer;

async fn wrong(state: ToOffer<'_>) {
    let _ = state.pay(trade::Pay { amount: 1 }).await;
}

fn main() {}
