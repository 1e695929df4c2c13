//! What a state is made of cannot be exchanged.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::{Held, Position};
use trade::trade::Trade;
use trade::trade::buyer::ToPay;

impl<'s> Position<'s, Trade> for ToPay<'s> {
    fn place(_held: Held<'s, Trade>) -> Self {
        todo!()
    }
}

fn main() {}
