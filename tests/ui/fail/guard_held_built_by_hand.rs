//! What a state wraps cannot be built.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Held;
use trade::trade::Buyer;

fn wrong() -> Held<'static, Buyer> {
    Held {}
}

fn main() {}
