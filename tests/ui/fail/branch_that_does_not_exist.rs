//! A branch that the protocol does not have.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::{AgreeOrDecline, AwaitAgreeOrDecline};

async fn wrong(state: AwaitAgreeOrDecline<'_>) {
    match state.receive().await {
        Ok(AgreeOrDecline::Agree(_, state)) => drop(state),
        Ok(AgreeOrDecline::Decline(state)) => drop(state),
        Ok(AgreeOrDecline::Haggle(state)) => drop(state),
        Err(_) => {}
    }
}

fn main() {}
