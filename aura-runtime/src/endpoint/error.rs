//! Why a frame was not accepted, and why a send cannot be queued.

use crate::{frame::FrameFault, identity::SeatId};

/// A frame that was not accepted, and whose it was. The session has not moved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{role} (seat {}) sent a frame that does not fit: {fault}", seat.0)]
pub struct FrameError {
    /// The peer's seat.
    pub seat: SeatId,
    /// The peer's role.
    pub role: &'static str,
    /// What is wrong.
    pub fault: FrameFault,
}

/// Why a send cannot be queued. The session has not moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum QueueError {
    /// The state does not send this message.
    #[error("the state does not send this message")]
    State,
    /// The payload is beyond the cap.
    #[error("a payload of {length} bytes is beyond the cap of {cap}")]
    Oversized {
        /// The payload's length.
        length: usize,
        /// The cap.
        cap: u32,
    },
    /// The window is full.
    #[error("the window is full")]
    Full,
    /// The peer has closed its side, or is gone.
    #[error("the peer has left")]
    Gone,
}
