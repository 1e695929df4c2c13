//! Replicas of a state-based type converge: all to all, or pairwise after a partition.
//!
//! `CvSync` exchanges whole states for a fixed number of rounds; `AntiEntropy` compares digests first
//! and goes on for as long as the caller decides.
//!
//! The choreography is `cv_sync.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

/// The text of the choreography.
pub const SOURCE: &str = include_str!("cv_sync.aura");

aura_macros::aura_protocol!("cv_sync/cv_sync.aura");
