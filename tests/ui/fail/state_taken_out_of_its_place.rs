//! A state cannot be taken and something else left in its place.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::ToPay;

fn wrong<'s>(state: &mut ToPay<'s>) -> ToPay<'s> {
    std::mem::take(state)
}

fn main() {}
