//! A mistake in a file that another one imports.

aura_macros::aura_protocol!("protocols/import.aura");

fn main() {}
