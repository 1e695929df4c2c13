//! A protocol in a file that cannot be implemented.

aura_macros::aura_protocol!("protocols/verdict.aura");

fn main() {}
