//! The role of a state cannot be exchanged.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::{Held, Position};
use trade::trade::Buyer;
use trade::trade::buyer::ToPay;

impl<'s> Position<'s> for ToPay<'s> {
    type Role = Buyer;

    fn place(_held: Held<'s, Buyer>) -> Self {
        todo!()
    }
}

fn main() {}
