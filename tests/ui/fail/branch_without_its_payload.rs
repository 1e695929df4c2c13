//! A branch is matched without its payload.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::{AgreeOrDecline, AwaitAgreeOrDecline};

async fn wrong(state: AwaitAgreeOrDecline<'_>) {
    match state.receive().await {
        Ok(AgreeOrDecline::Agree(state)) => drop(state),
        Ok(AgreeOrDecline::Decline(state)) => drop(state),
        Err(_) => {}
    }
}

fn main() {}
