//! Replicas of a state-based type converge, all to all.
//!
//! Whole states, exchanged for a number of rounds that is bound when a session starts.
//!
//! The choreography is `cv_sync.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

/// The text of the choreography.
pub const SOURCE: &str = include_str!("cv_sync.aura");

aura_macros::aura_protocol!("cv_sync/cv_sync.aura");
