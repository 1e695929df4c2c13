//! Two parties find each other through relays that cannot read what they carry.
//!
//! The receipts of the two hops form a chain that starts at the sender of each envelope. The receiver
//! always answers, with an answer or with cover traffic of the same size.
//!
//! The choreography is `rendezvous.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

/// The text of the choreography.
pub const SOURCE: &str = include_str!("rendezvous.aura");

aura_macros::aura_protocol!("rendezvous/rendezvous.aura");
