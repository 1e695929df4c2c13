//! The states of a role cannot be exchanged.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::machine::{MachineId, RoleId};
use aura_runtime::session::Role;
use trade::trade::{Buyer, Trade, buyer};

impl Role for Buyer {
    type Of = Trade;
    type Start<'s> = buyer::ToPay<'s>;
    type At<'s> = buyer::At<'s>;
    const ROLE: RoleId = RoleId(0);
    const MACHINE: MachineId = MachineId(0);
}

fn main() {}
