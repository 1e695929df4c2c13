//! Files that import each other.

aura_macros::aura_protocol!("protocols/circle.aura");

fn main() {}
