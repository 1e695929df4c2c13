//! A state cannot be taken apart.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::ToOffer;

fn wrong(state: ToOffer<'_>) {
    let ToOffer(held) = state;
    drop(held);
}

fn main() {}
