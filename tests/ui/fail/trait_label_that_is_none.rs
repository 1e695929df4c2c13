//! Something that is no label where a label is wanted.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Label;

struct Haggle;

fn number<L: Label>() -> u16 {
    L::LABEL.0
}

fn wrong() -> u16 {
    number::<Haggle>()
}

fn main() {}
