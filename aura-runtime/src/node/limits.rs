//! Bounds of a node: how much a peer may cost, and how long anything may take.

use std::time::Duration;

use crate::endpoint::Limits;

/// Bounds of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeLimits {
    /// Bounds of each session.
    pub session: Limits,
    /// Sessions with one peer.
    pub sessions_per_peer: usize,
    /// Frames that do not fit, after which a peer is given up.
    pub faults_per_peer: u32,
    /// Bytes of frames that wait to be written to one peer. A send waits for room before its guards
    /// are asked.
    pub write_queue: u32,
    /// How long anything may take.
    pub timing: Timing,
}

impl Default for NodeLimits {
    fn default() -> Self {
        Self {
            session: Limits::default(),
            sessions_per_peer: 16_384,
            faults_per_peer: 16,
            write_queue: 8 << 20,
            timing: Timing::default(),
        }
    }
}

/// How long things may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// A greeting, a reply to a hello, and the hellos of everyone else who greets a seat.
    pub handshake: Duration,
    /// How long a connection is quiet before this side shows that it is there.
    pub heartbeat: Duration,
    /// How long a peer may say nothing, or take nothing, before its connection counts as broken.
    pub silence: Duration,
    /// How long sessions wait for a new connection when theirs has broken.
    pub grace: Duration,
    /// The pause before the first attempt to connect again; each pause is twice the one before.
    pub first_pause: Duration,
    /// The longest pause.
    pub longest_pause: Duration,
    /// How long nothing may happen in a session.
    pub idle: Duration,
    /// How long after its signature a roster opens sessions, and how far clocks may be apart.
    pub fresh: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            handshake: Duration::from_secs(10),
            heartbeat: Duration::from_secs(5),
            silence: Duration::from_secs(20),
            grace: Duration::from_secs(30),
            first_pause: Duration::from_millis(50),
            longest_pause: Duration::from_secs(5),
            idle: Duration::from_hours(24),
            fresh: Duration::from_mins(1),
        }
    }
}
