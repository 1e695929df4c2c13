//! The wire: frames with a header of 24 bytes, and the handshake that opens a session.
//!
//! A frame is a length, the fixed header and a payload. All numbers are little-endian. The length is
//! compared with the cap before anything is allocated for it. What a header means to a session is
//! the endpoint's business; here bytes become fields or a [`FrameFault`]. The handshake binds what
//! does not have to be said again: protocol, version, session, sizes, contexts and roster.

use serde::{Deserialize, Serialize};

use crate::{
    identity::{SeatId, SignedRoster},
    machine::LabelId,
};

/// Bytes before the payload, the length included.
pub const HEADER: usize = 24;

/// The most payload that a frame may have unless configured otherwise: 1 MiB.
pub const MAX_PAYLOAD: u32 = 1 << 20;

/// The most payload that a handshake may have.
pub const MAX_HANDSHAKE: u32 = 64 << 10;

/// The versions of this wire format that are understood, best first.
pub const WIRE_VERSIONS: &[u16] = &[1];

/// What a frame is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A message of the protocol.
    Data,
    /// Nothing but an acknowledgement.
    Ack,
    /// The initiator's [`Hello`].
    Hello,
    /// The acceptor's [`Reply`].
    Reply,
    /// The sender is through with the session: the label says nothing, the sequence is its last.
    Close,
}

impl Kind {
    const ALL: [Self; 5] = [Self::Data, Self::Ack, Self::Hello, Self::Reply, Self::Close];
}

/// The fixed part of a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// Length of the payload.
    pub length: u32,
    /// What the frame is for.
    pub kind: Kind,
    /// The branch of a `par`; 0 outside.
    pub branch: u8,
    /// The wire label.
    pub label: LabelId,
    /// The session, as numbered on this connection.
    pub route: u32,
    /// The frame's number in its channel, from 0.
    pub sequence: u32,
    /// The number that the sender of this frame expects next in the other direction.
    pub ack: u32,
    /// The context of the message.
    pub context: u16,
    /// The sender's seat.
    pub seat: SeatId,
}

/// What is wrong with a frame.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FrameFault {
    /// Shorter than its header or than its length says.
    #[error("the frame is cut short: {have} of {want} bytes")]
    Truncated {
        /// Bytes there.
        have: usize,
        /// Bytes needed.
        want: usize,
    },
    /// Longer than its length says.
    #[error("{extra} bytes follow the frame")]
    Trailing {
        /// Bytes too many.
        extra: usize,
    },
    /// Beyond the cap; nothing was allocated for it.
    #[error("a payload of {length} bytes is beyond the cap of {cap}")]
    Oversized {
        /// The length claimed.
        length: u32,
        /// The cap.
        cap: u32,
    },
    /// A kind that this version does not know, or that has no place here.
    #[error("a frame of kind {0} has no place here")]
    Kind(u8),
    /// For another session.
    #[error("the frame is for route {found}, this is {expected:?}")]
    Session {
        /// This session's route; none before the handshake.
        expected: Option<u32>,
        /// The route in the frame.
        found: u32,
    },
    /// The seat is not one that the connection's authority holds.
    #[error("{found:?} is not {expected:?}, who holds the connection")]
    Seat {
        /// The seat that this channel belongs to.
        expected: SeatId,
        /// The seat in the frame.
        found: SeatId,
    },
    /// A branch that the state does not have.
    #[error("there is no branch {0}")]
    Branch(u8),
    /// Seen before.
    #[error("frame {found} was seen before, {expected} is next")]
    Replayed {
        /// The next number.
        expected: u32,
        /// The number found.
        found: u32,
    },
    /// Ahead of its turn.
    #[error("frame {found} came before {expected}")]
    Reordered {
        /// The next number.
        expected: u32,
        /// The number found.
        found: u32,
    },
    /// It acknowledges what was never sent.
    #[error("it acknowledges {found}, and {sent} were sent")]
    Ack {
        /// Frames sent.
        sent: u32,
        /// The number found.
        found: u32,
    },
    /// The label is not one that this peer ever sends to this role.
    #[error("label {0:?} is not one that this peer sends to this role")]
    Label(LabelId),
    /// The label does not belong to this context.
    #[error("label {label:?} does not belong to context {context}")]
    Context {
        /// The label.
        label: LabelId,
        /// The context in the frame.
        context: u16,
    },
    /// The local type does not expect it now.
    #[error("`{found}` is not expected now, but one of {expected:?}")]
    Unexpected {
        /// The label that arrived.
        found: &'static str,
        /// Labels that the state takes from this peer.
        expected: Vec<&'static str>,
    },
    /// The payload is not one of this label.
    #[error("the payload is not one of `{0}`")]
    Payload(&'static str),
    /// More frames than the window allows.
    #[error("more than {0} frames are waiting")]
    Overrun(u32),
    /// After the peer had closed.
    #[error("the peer had closed its side")]
    Closed,
}

impl Header {
    /// Reads a header; the length is compared with `cap` first.
    pub fn read(bytes: &[u8; HEADER], cap: u32) -> Result<Self, FrameFault> {
        let [l0, l1, l2, l3, kind, branch, label0, label1, rest @ ..] = *bytes;
        let [
            r0,
            r1,
            r2,
            r3,
            s0,
            s1,
            s2,
            s3,
            a0,
            a1,
            a2,
            a3,
            c0,
            c1,
            seat0,
            seat1,
        ] = rest;
        let length = u32::from_le_bytes([l0, l1, l2, l3]);
        if length > cap {
            return Err(FrameFault::Oversized { length, cap });
        }
        Ok(Self {
            length,
            kind: *Kind::ALL
                .get(usize::from(kind))
                .ok_or(FrameFault::Kind(kind))?,
            branch,
            label: LabelId(u16::from_le_bytes([label0, label1])),
            route: u32::from_le_bytes([r0, r1, r2, r3]),
            sequence: u32::from_le_bytes([s0, s1, s2, s3]),
            ack: u32::from_le_bytes([a0, a1, a2, a3]),
            context: u16::from_le_bytes([c0, c1]),
            seat: SeatId(u16::from_le_bytes([seat0, seat1])),
        })
    }

    /// Writes the header.
    pub fn write(&self) -> [u8; HEADER] {
        let mut bytes = [0; HEADER];
        bytes[0..4].copy_from_slice(&self.length.to_le_bytes());
        bytes[4] = self.kind as u8;
        bytes[5] = self.branch;
        bytes[6..8].copy_from_slice(&self.label.0.to_le_bytes());
        bytes[8..12].copy_from_slice(&self.route.to_le_bytes());
        bytes[12..16].copy_from_slice(&self.sequence.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.ack.to_le_bytes());
        bytes[20..22].copy_from_slice(&self.context.to_le_bytes());
        bytes[22..24].copy_from_slice(&self.seat.0.to_le_bytes());
        bytes
    }

    /// Splits a whole frame into header and payload.
    pub fn split(frame: &[u8], cap: u32) -> Result<(Self, &[u8]), FrameFault> {
        let Some((header, payload)) = frame.split_first_chunk::<HEADER>() else {
            return Err(FrameFault::Truncated {
                have: frame.len(),
                want: HEADER,
            });
        };
        let header = Self::read(header, cap)?;
        let length = header.length as usize;
        match payload.len() {
            have if have < length => Err(FrameFault::Truncated {
                have: frame.len(),
                want: HEADER + length,
            }),
            have if have > length => Err(FrameFault::Trailing {
                extra: have - length,
            }),
            _ => Ok((header, payload)),
        }
    }
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
}

/// What the acceptor answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// The session is open.
    Welcome {
        /// The wire version chosen.
        wire: u16,
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
    /// The roster does not fit, or is not signed by who sent it, or seats somebody else here.
    #[error("the roster is not acceptable: {0}")]
    Roster(String),
    /// The policy said no.
    #[error("the policy said no")]
    Policy,
    /// Too many sessions.
    #[error("too many sessions")]
    Busy,
    /// The number is taken.
    #[error("the session is known already")]
    Known,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_reads_back_as_written() {
        let header = Header {
            length: 5,
            kind: Kind::Close,
            branch: 7,
            label: LabelId(0x0102),
            route: 0x0304_0506,
            sequence: 0x0708_090a,
            ack: 0x0b0c_0d0e,
            context: 0x0f10,
            seat: SeatId(0x1112),
        };
        assert_eq!(Header::read(&header.write(), 5), Ok(header));
        assert_eq!(
            Header::read(&header.write(), 4),
            Err(FrameFault::Oversized { length: 5, cap: 4 })
        );
    }

    #[test]
    fn a_frame_is_exactly_as_long_as_it_says() {
        let header = Header {
            length: 2,
            kind: Kind::Data,
            branch: 0,
            label: LabelId(0),
            route: 0,
            sequence: 0,
            ack: 0,
            context: 0,
            seat: SeatId(0),
        };
        let mut frame = header.write().to_vec();
        frame.extend([1, 2]);
        assert_eq!(Header::split(&frame, 9), Ok((header, &[1u8, 2][..])));
        assert_eq!(
            Header::split(&frame[..25], 9),
            Err(FrameFault::Truncated { have: 25, want: 26 })
        );
        assert_eq!(
            Header::split(&frame[..9], 9),
            Err(FrameFault::Truncated {
                have: 9,
                want: HEADER
            })
        );
        frame.push(3);
        assert_eq!(
            Header::split(&frame, 9),
            Err(FrameFault::Trailing { extra: 1 })
        );
    }
}
