//! A payload without one of its fields.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::ToOffer;

async fn wrong(state: ToOffer<'_>) {
    let _ = state.offer(trade::Offer {}).await;
}

fn main() {}
