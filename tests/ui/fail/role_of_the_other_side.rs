//! The buyer does what is the seller's to do.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::AwaitAgreeOrDecline;

async fn wrong(state: AwaitAgreeOrDecline<'_>) {
    let _ = state.agree(String::new()).await;
}

fn main() {}
