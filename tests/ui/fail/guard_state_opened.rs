//! What a state wraps cannot be reached.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::ToOffer;

fn wrong(state: ToOffer<'_>) {
    let held = state.0;
    drop(held);
}

fn main() {}
