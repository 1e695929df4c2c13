//! A threshold of signers signs one message, before observers, or everybody learns that they did not.
//!
//! Two rounds as FROST has them: the package fixes `t` of `n` signers before the first share.
//!
//! The choreography is `threshold_ceremony.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

/// The text of the choreography.
pub const SOURCE: &str = include_str!("threshold_ceremony.aura");

aura_macros::aura_protocol!("threshold_ceremony/threshold_ceremony.aura");
