//! Something that is no label where a label is wanted.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Label;

struct Haggle;

fn named<L: Label>() {}

fn wrong() {
    named::<Haggle>();
}

fn main() {}
