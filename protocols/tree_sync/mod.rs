//! A member brings its ratchet tree up to date with its group, and the group's with its own.
//!
//! `t` of `k` answers within three seconds, and what the member then holds goes back to all.
//!
//! The choreography is `tree_sync.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

/// The text of the choreography.
pub const SOURCE: &str = include_str!("tree_sync.aura");

aura_macros::aura_protocol!("tree_sync/tree_sync.aura");
