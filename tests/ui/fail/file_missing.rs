//! A file that does not exist.

aura_macros::aura_protocol!("protocols/missing.aura");

fn main() {}
