//! A state's constructor is its module's own.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Held;
use trade::trade::{Trade, buyer::ToPay};

fn wrong(held: Held<'_, Trade>) -> ToPay<'_> {
    ToPay(held)
}

fn main() {}
