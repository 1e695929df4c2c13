//! Mistakes in a file, with their places in it.

aura_macros::aura_protocol!("protocols/wrong.aura");

fn main() {}
