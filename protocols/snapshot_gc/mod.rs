//! A quorum agrees on a cut below which everybody may prune its journal.
//!
//! `t` of `m` approvals within two seconds, or an abort that everybody hears of.
//!
//! The choreography is `snapshot_gc.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

/// The text of the choreography.
pub const SOURCE: &str = include_str!("snapshot_gc.aura");

aura_macros::aura_protocol!("snapshot_gc/snapshot_gc.aura");
