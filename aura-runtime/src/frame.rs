//! The wire: frames with a header of 24 bytes, and the handshake that opens a session.
//!
//! A frame is a length, the fixed header and a payload. All numbers are little-endian. The length is
//! compared with the cap before anything is allocated for it. What a header means to a session is
//! the endpoint's business; here bytes become fields or a [`FrameFault`]. The handshake binds what
//! does not have to be said again: protocol, version, session, sizes, contexts and roster.

mod fault;
mod handshake;
mod intake;

pub(crate) use self::intake::{Arrived, Intake};
pub use self::{
    fault::FrameFault,
    handshake::{Decline, Greeting, Hello, Reply, Resume, Window},
};
use crate::{identity::SeatId, machine::LabelId};

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
    /// The sender is through with the session: the label is 1 where its run was over and 0 where it
    /// left in the middle; the sequence is its last.
    Close,
    /// The first frame on a connection: a [`Greeting`].
    Greet,
    /// What the sender has received in one session: a [`Resume`].
    Resume,
    /// Every session that the sender knows was named.
    Resumed,
    /// Somebody is there.
    Ping,
    /// The sender will not come back.
    Bye,
    /// The sender will not give the answer that the label stands for.
    Abstain,
}

impl Kind {
    const ALL: [Self; 11] = [
        Self::Data,
        Self::Ack,
        Self::Hello,
        Self::Reply,
        Self::Close,
        Self::Greet,
        Self::Resume,
        Self::Resumed,
        Self::Ping,
        Self::Bye,
        Self::Abstain,
    ];
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

impl Header {
    /// A header of this kind, all zero.
    pub(crate) fn bare(kind: Kind) -> Self {
        Self {
            length: 0,
            kind,
            branch: 0,
            label: LabelId(0),
            route: 0,
            sequence: 0,
            ack: 0,
            context: 0,
            seat: SeatId(0),
        }
    }

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
