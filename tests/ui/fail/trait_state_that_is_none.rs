//! Something that is no state where a state is wanted.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Position;
use trade::trade::Trade;

struct ToHaggle;

fn named<'s, K: Position<'s, Trade>>() {}

fn wrong() {
    named::<ToHaggle>();
}

fn main() {}
