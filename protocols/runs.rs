//! Every protocol, run: the way it is meant to go, and a way it may fail.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

#[path = "../tests/forms/stage.rs"]
#[allow(dead_code, unreachable_pub, reason = "the stage of the typed forms")]
mod stage;

mod agreement;
mod ceremony;
mod derivation;
mod epochs;
mod exchange;
mod invitation;
mod operations;
mod recovery;
mod relationship;
mod replication;
mod signing;
mod trees;
