//! What is said before and between the messages of sessions: greetings of connections, the handshake
//! of a session, and where a session stands after a connection broke.
//!
//! Bodies are postcard. Left out on purpose: any judgement of what is said, which is the node's.

use serde::{Deserialize, Serialize};

use crate::identity::{SeatId, SessionId, SignedRoster};

/// What one side of a channel has room for. The narrower of both sides holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// Frames that were not delivered.
    pub frames: u32,
    /// Their payload, in bytes; the last one may go beyond.
    pub bytes: u32,
    /// The payload of one frame, in bytes.
    pub payload: u32,
}

impl Window {
    /// What both have room for.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self {
            frames: self.frames.min(other.frames),
            bytes: self.bytes.min(other.bytes),
            payload: self.payload.min(other.payload),
        }
    }
}

/// What each side says first on a connection. Sessions go on if each side names the other as it knows
/// itself; a side that has restarted, or has given its peer up, has a new name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// The sender's name for its end: random, new with each end.
    pub me: [u8; 16],
    /// The name that it has heard from the receiver on an earlier connection.
    pub you: Option<[u8; 16]>,
}

/// Where one session stands, as the sender sees it; the header names route and seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resume {
    /// The session.
    pub session: SessionId,
    /// The next number that the sender expects.
    pub received: u32,
    /// How many frames it has delivered.
    pub delivered: u32,
    /// Whether it has heard that the receiver is through.
    pub closed: bool,
}

/// What the initiator of a session says first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hello {
    /// Wire versions that the initiator understands, best first.
    pub wire: Vec<u16>,
    /// The protocol's version, as in `#[version]`.
    pub version: String,
    /// Seats, sizes, contexts, session and protocol hash, signed.
    pub roster: SignedRoster,
    /// The seat that the initiator takes on this connection.
    pub from: SeatId,
    /// The seat that it asks the acceptor to take.
    pub to: SeatId,
    /// What the initiator has room for.
    pub window: Window,
}

/// What the acceptor answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// The session is open.
    Welcome {
        /// The wire version chosen.
        wire: u16,
        /// What the acceptor has room for.
        window: Window,
    },
    /// It is not, and why.
    Refuse(Decline),
}

/// Why an acceptor does not open a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum Decline {
    /// No wire version in common.
    #[error("no wire version in common; {0:?} are understood")]
    Wire(Vec<u16>),
    /// Nobody here plays this protocol, or not in this version of its source.
    #[error("this protocol, in this version of its source, is not played here")]
    Protocol,
    /// Another value of `#[version]`.
    #[error("the protocol's version here is {0}")]
    Version(String),
    /// The roster's contexts, sizes or seats are not those of the protocol.
    #[error("the roster does not fit: {0}")]
    Roster(String),
    /// The roster's signature does not verify, or its signer has no seat.
    #[error("the roster is not signed by somebody on it")]
    Signature,
    /// A seat is not held by who speaks for it, or by who is asked to take it.
    #[error("a seat is somebody else's")]
    Seat,
    /// The policy said no.
    #[error("the policy said no")]
    Policy,
    /// Too many sessions.
    #[error("too many sessions")]
    Busy,
    /// The number is taken.
    #[error("the session is known already")]
    Known,
    /// The roster was signed too long ago, or by a clock that is ahead.
    #[error("the roster is stale")]
    Stale,
    /// This hello was accepted once.
    #[error("the hello was accepted before")]
    Replayed,
}
