//! A payload on a message that has none.

#[path = "../trade.rs"]
mod trade;

use trade::trade::seller::ToAgreeOrDecline;

async fn wrong(state: ToAgreeOrDecline<'_>) {
    let _ = state.decline("too little").await;
}

fn main() {}
