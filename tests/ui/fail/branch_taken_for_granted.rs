//! One of two branches is awaited as if it alone could come.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::AwaitAgreeOrDecline;

async fn wrong(state: AwaitAgreeOrDecline<'_>) {
    let _ = state.agree().await;
}

fn main() {}
