//! What channels carry has no public name.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::seal::Parcel;
use trade::trade::Trade;

fn wrong(_parcel: Parcel<Trade>) {}

fn main() {}
