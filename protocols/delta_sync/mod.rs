//! One replica of a delta-state type sends the others what they have not acknowledged.
//!
//! Intervals of updates where the buffer still has them, the whole state where it does not, and
//! acknowledgements that are awaited one second each.
//!
//! The choreography is `delta_sync.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

/// The text of the choreography.
pub const SOURCE: &str = include_str!("delta_sync.aura");

aura_macros::aura_protocol!("delta_sync/delta_sync.aura");
