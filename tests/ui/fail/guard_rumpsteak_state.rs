//! A state of Aura is no session of rumpsteak, which any state could become.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::{ToOffer, ToPay};

fn wrong(state: ToOffer<'_>) -> ToPay<'_> {
    let state: rumpsteak::State<'_, _> = state.into();
    rumpsteak::Session::from_state(state)
}

fn main() {}
