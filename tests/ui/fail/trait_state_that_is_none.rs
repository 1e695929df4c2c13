//! Something that is no state where a state is wanted.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Position;

struct ToHaggle;

fn number<'s, K: Position<'s>>() -> u32 {
    K::STATE.0
}

fn wrong() -> u32 {
    number::<ToHaggle>()
}

fn main() {}
