//! A session of something that is no role.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Session;

struct Broker;

fn wrong(_session: &Session<Broker>) {}

fn main() {}
