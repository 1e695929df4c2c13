//! A role that nobody has compiled does not fit a protocol.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::machine::{MachineId, RoleId, StateId};
use aura_runtime::session::{Held, Position, Role};
use trade::trade::Trade;

enum Thief {}

struct Anywhere<'s>(Held<'s, Trade>);

impl<'s> Position<'s, Trade> for Anywhere<'s> {
    fn place(held: Held<'s, Trade>) -> Self {
        Self(held)
    }
}

impl Role for Thief {
    type Of = Trade;
    type Start<'s> = Anywhere<'s>;
    type At<'s> = Anywhere<'s>;
    const ROLE: RoleId = RoleId(0);
    const MACHINE: MachineId = MachineId(0);

    fn at(_: StateId, held: Held<'_, Trade>) -> Anywhere<'_> {
        Anywhere(held)
    }
}

fn main() {}
