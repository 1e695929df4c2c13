//! The seal of a role names the interface that its code was compiled for.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::export::Compiled;

const SEAL: Compiled = Compiled::by(0);

fn main() {
    let _ = SEAL;
}
