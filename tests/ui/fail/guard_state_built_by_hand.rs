//! A state cannot be built.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Held;
use trade::trade::Buyer;
use trade::trade::buyer::ToPay;

fn wrong(held: Held<'_, Buyer>) -> ToPay<'_> {
    ToPay(held)
}

fn main() {}
