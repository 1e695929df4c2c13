//! The name of a file is a string.

aura_macros::aura_protocol!(protocols / wrong.aura);

fn main() {}
