//! A branch is not handled.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::{AgreeOrDecline, AwaitAgreeOrDecline};

async fn wrong(state: AwaitAgreeOrDecline<'_>) {
    let Ok(branch) = state.receive().await else { return };
    match branch {
        AgreeOrDecline::Agree(_, state) => drop(state),
    }
}

fn main() {}
