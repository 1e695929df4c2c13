//! Waiting where it is one's own turn.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::ToOffer;

async fn wrong(state: ToOffer<'_>) {
    let _ = state.receive().await;
}

fn main() {}
