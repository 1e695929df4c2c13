//! Aura: the exchanges as `.aura` files, compiled by `aura_protocol!`, every send through the whole
//! guard chain.
//!
//! Three rows: roles joined in one process without facts; the same with one hashed fact a send; and
//! two or three nodes joined by memory transports, where every message is a frame that both
//! endpoints check.

mod idle;
mod play;
mod stage;
pub mod tls;

pub use idle::{Idle, in_one_process, over_nodes};

use std::time::Duration;

use aura_runtime::session::{SessionError, Unsent};

use crate::scenario::{Failure, System};

/// Roles of one process, without facts.
pub const PLAIN: System = System {
    name: "Aura, one process",
    runs: [
        Some(play::ping_pong::in_one_process),
        Some(play::stream::in_one_process),
        Some(play::double_buffer::in_one_process),
        Some(play::ring::in_one_process),
    ],
    slower: 1,
};

/// The same, every send but the last leaving a fact.
pub const FACTS: System = System {
    name: "Aura, one process, one hashed fact",
    runs: [
        Some(play::ping_pong_facts::in_one_process),
        Some(play::stream_facts::in_one_process),
        Some(play::double_buffer_facts::in_one_process),
        Some(play::ring_facts::in_one_process),
    ],
    slower: 1,
};

/// A node for each role, joined by memory transports.
pub const NODES: System = System {
    name: "Aura, endpoints and memory transport",
    runs: [
        Some(play::ping_pong::over_nodes),
        Some(play::stream::over_nodes),
        Some(play::double_buffer::over_nodes),
        Some(play::ring::over_nodes),
    ],
    slower: 5,
};

/// What a role's side of an exchange ends with when it goes wrong.
enum Fault {
    Session(SessionError),
    Wrong(Failure),
}

impl From<SessionError> for Fault {
    fn from(error: SessionError) -> Self {
        Self::Session(error)
    }
}

impl<S, M> From<Unsent<S, M>> for Fault {
    fn from(unsent: Unsent<S, M>) -> Self {
        Self::Session(unsent.into())
    }
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self::Wrong(failure)
    }
}

impl From<Fault> for Failure {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Session(error) => error.into(),
            Fault::Wrong(failure) => failure,
        }
    }
}

type Timed = Result<Duration, Failure>;
