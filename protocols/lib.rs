//! The protocols of the system: a folder each, with its choreography, its local logic and its audit.
//!
//! Each folder holds `NAME.aura`, `mod.rs`, and `audit.txt`, which `cargo xtask bless` writes and
//! which continuous integration compares: a change of who may send what, of what it costs or of
//! what it leaks shows in the diff of the audit. A new protocol is a new folder and a line in
//! [`ALL`].

pub mod consensus;
pub mod cv_sync;
pub mod guardian_recovery;
pub mod rendezvous;
pub mod request_response;
pub mod search;
pub mod snapshot_gc;

/// The examples of `docs/sessions.md`, which have to compile.
#[cfg(doctest)]
#[doc = include_str!("../docs/sessions.md")]
pub struct Sessions;

#[cfg(test)]
mod runs;

/// Every protocol by its name, with the text of its choreography.
pub const ALL: &[(&str, &str)] = &[
    ("consensus", consensus::SOURCE),
    ("cv_sync", cv_sync::SOURCE),
    ("guardian_recovery", guardian_recovery::SOURCE),
    ("rendezvous", rendezvous::SOURCE),
    ("request_response", request_response::SOURCE),
    ("search", search::SOURCE),
    ("snapshot_gc", snapshot_gc::SOURCE),
];
