//! A mistake of syntax in a file.

aura_macros::aura_protocol!("protocols/syntax.aura");

fn main() {}
