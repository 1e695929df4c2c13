//! A state does not come from nowhere.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::ToPay;

fn wrong() -> ToPay<'static> {
    ToPay::default()
}

fn main() {}
