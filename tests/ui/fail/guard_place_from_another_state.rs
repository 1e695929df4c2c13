//! A state is not made of another state.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Position;
use trade::trade::buyer::{ToOffer, ToPay};

fn wrong(state: ToOffer<'_>) -> ToPay<'_> {
    ToPay::place(state)
}

fn main() {}
