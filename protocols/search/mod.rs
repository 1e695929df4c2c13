//! Search over the indices of neighbours, publishing to them, and fetching what was found.
//!
//! Three protocols share the file: `Search` (a quorum of filtered replies within a deadline),
//! `Publish` (index entries, the only part that reaches the journal) and `Fetch` (between two
//! parties).
//!
//! The choreography is `search.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

/// The text of the choreography.
pub const SOURCE: &str = include_str!("search.aura");

aura_macros::aura_protocol!("search/search.aura");
