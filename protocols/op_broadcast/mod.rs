//! One replica issues an operation with its causal context, and learns whether enough hold it.
//!
//! `t` of `n` acknowledgements within two seconds make it stable; too few leave it to `op_repair`.
//!
//! The choreography is `op_broadcast.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

/// The text of the choreography.
pub const SOURCE: &str = include_str!("op_broadcast.aura");

aura_macros::aura_protocol!("op_broadcast/op_broadcast.aura");
