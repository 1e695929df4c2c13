//! After a declineion nothing is paid.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::{AgreeOrDecline, AwaitAgreeOrDecline};

async fn wrong(state: AwaitAgreeOrDecline<'_>) {
    if let Ok(AgreeOrDecline::Decline(end)) = state.receive().await {
        let _ = end.pay(trade::Pay { amount: 1 }).await;
    }
}

fn main() {}
