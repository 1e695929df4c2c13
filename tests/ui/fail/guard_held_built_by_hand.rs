//! What a state wraps cannot be built.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Held;
use trade::trade::Trade;

fn wrong() -> Held<'static, Trade> {
    Held {}
}

fn main() {}
