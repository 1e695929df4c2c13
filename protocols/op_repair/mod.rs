//! A replica fetches the operations that it lacks from one that holds them.
//!
//! The digest is a version vector; what was compacted comes as the reduced state of the cut.
//!
//! The choreography is `op_repair.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

/// The text of the choreography.
pub const SOURCE: &str = include_str!("op_repair.aura");

aura_macros::aura_protocol!("op_repair/op_repair.aura");
