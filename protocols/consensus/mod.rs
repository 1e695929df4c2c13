//! Witnesses commit to one operation on one prestate, or abort.
//!
//! A fast path of one round trip with signers named in advance, and `FallbackConsensus`, which fixes
//! a fresh signer set among those that answer. Sizes must satisfy `2t > n + f`.
//!
//! The choreography is `consensus.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

/// The text of the choreography.
pub const SOURCE: &str = include_str!("consensus.aura");

aura_macros::aura_protocol!("consensus/consensus.aura");
