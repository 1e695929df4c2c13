//! A file outside of the crate.

aura_macros::aura_protocol!("../outside.aura");

fn main() {}
