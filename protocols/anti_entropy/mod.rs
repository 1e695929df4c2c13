//! Two journals compare digests and send each other the facts that the other lacks.
//!
//! A hash for each bucket of facts, and one round for each time that the requester wants one.
//!
//! The choreography is `anti_entropy.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

/// The text of the choreography.
pub const SOURCE: &str = include_str!("anti_entropy.aura");

aura_macros::aura_protocol!("anti_entropy/anti_entropy.aura");
