//! What sessions share between threads, in every order of events that a bound of preemptions allows.
//!
//! The files below are the runtime's own, compiled a second time: their `crate::sync` is the model
//! in `models/sync.rs` here, which explores orders and, for atomics, the values that a weaker memory
//! may show. The runtime itself is untouched by this. `cargo xtask plant-guard` breaks the same files
//! and looks whether these tests notice.
#![allow(
    clippy::unwrap_used,
    dead_code,
    unreachable_pub,
    missing_docs,
    reason = "tests, and sources that do more than what is tested here"
)]

#[path = "models/budget.rs"]
mod budget;
#[path = "../src/session/credit.rs"]
mod credit;
#[path = "models/ledger.rs"]
mod ledger;
#[path = "../src/session/line.rs"]
mod line;
#[path = "../src/session/verdict.rs"]
mod verdict;

/// What the sources ask of the rest of the runtime.
mod endpoint {
    pub(crate) struct Permit;

    impl From<crate::sync::Room> for Permit {
        fn from(_: crate::sync::Room) -> Self {
            Self
        }
    }
}

mod guard {
    /// What is taken of the headroom, and in which epoch.
    pub(crate) struct Entry {
        pub(crate) epoch: u64,
        pub(crate) cost: u64,
    }
}

mod identity {
    pub(crate) use aura_runtime::identity::{AuthorityId, ContextId, DeviceId};
}

mod lattice {
    pub(crate) use aura_runtime::lattice::{Bottom, Join, Meet};
}

mod store {
    pub(crate) use aura_runtime::store::{Record, Store, StoreError};
}

mod models {
    mod entries;
    mod epochs;
    mod lines;
    mod permits;
    pub(crate) mod sync;
    mod verdicts;
}

use models::sync;
