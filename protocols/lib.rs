//! The protocols of the system: a folder each, with its choreography, its local logic and its audit.
//!
//! Each folder holds `NAME.aura`, `mod.rs`, and `audit.txt`, which `cargo xtask bless` writes and
//! which continuous integration compares: a change of who may send what, of what it costs or of
//! what it leaks shows in the diff of the audit. A new protocol is a new folder and a line in
//! [`ALL`].

pub mod anti_entropy;
pub mod consensus;
pub mod cv_sync;
pub mod delta_sync;
pub mod device_invitation;
pub mod dkd;
pub mod flow_epoch;
pub mod guardian_recovery;
pub mod op_broadcast;
pub mod op_repair;
pub mod relationship_formation;
pub mod rendezvous;
pub mod request_response;
pub mod search;
pub mod snapshot_gc;
pub mod threshold_ceremony;
pub mod tree_sync;

/// The examples of `docs/sessions.md`, which have to compile.
#[cfg(doctest)]
#[doc = include_str!("../docs/sessions.md")]
pub struct Sessions;

#[cfg(test)]
mod runs;

/// Every protocol by its name, with the text of its choreography.
pub const ALL: &[(&str, &str)] = &[
    ("anti_entropy", anti_entropy::SOURCE),
    ("consensus", consensus::SOURCE),
    ("cv_sync", cv_sync::SOURCE),
    ("delta_sync", delta_sync::SOURCE),
    ("device_invitation", device_invitation::SOURCE),
    ("dkd", dkd::SOURCE),
    ("flow_epoch", flow_epoch::SOURCE),
    ("guardian_recovery", guardian_recovery::SOURCE),
    ("op_broadcast", op_broadcast::SOURCE),
    ("op_repair", op_repair::SOURCE),
    ("relationship_formation", relationship_formation::SOURCE),
    ("rendezvous", rendezvous::SOURCE),
    ("request_response", request_response::SOURCE),
    ("search", search::SOURCE),
    ("snapshot_gc", snapshot_gc::SOURCE),
    ("threshold_ceremony", threshold_ceremony::SOURCE),
    ("tree_sync", tree_sync::SOURCE),
];
