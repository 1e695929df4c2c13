//! rumpsteak runs no session on a session of Aura.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Session;
use trade::trade::Buyer;

fn role<R: rumpsteak::role::Role>(_role: &mut R) {}

fn wrong(session: &mut Session<Buyer>) {
    role(session);
}

fn main() {}
