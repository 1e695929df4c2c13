//! One seat's end of a session with seats elsewhere, without IO.
//!
//! In: `handle_*(now, ..)`, what the typed session does and what arrives. Out: `poll_*`, frames to
//! transmit and messages to deliver. What holds: every frame is checked against what the handshake
//! fixed (session, seat, context, sequence, label, size) before it is kept, and against the local
//! type before it is delivered; a frame that does not fit is an error that names the peer, and
//! nothing has changed. A frame to send is sealed until the ledger's proof comes in, and no sealed
//! frame is ever polled. Left out on purpose: sockets, tasks and clocks; time is an argument.

mod channel;
mod cursor;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

use self::{channel::Channel, cursor::Cursor};
use crate::{
    frame::{FrameFault, HEADER, Header, Kind, MAX_PAYLOAD},
    identity::{Roster, SeatId},
    ledger::Committed,
    machine::{EdgeRow, LabelId, MessageId, MessageRow, Protocol, RoleId, StateId, StateKind},
};

/// Bounds of one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most payload of a frame, in bytes.
    pub payload: u32,
    /// The most frames of one channel that wait, to be delivered or to be acknowledged.
    pub window: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            payload: MAX_PAYLOAD,
            window: 64,
        }
    }
}

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

/// A frame that waits for the ledger. It is not `Clone`: one send, one outcome.
#[derive(Debug)]
#[must_use]
pub struct Slot {
    seat: SeatId,
    edge: EdgeRow,
}

/// A message that the local type expects.
#[derive(Debug, PartialEq, Eq)]
pub struct Delivery<T> {
    /// From whom.
    pub seat: SeatId,
    /// Which message.
    pub message: MessageId,
    /// Its content, decoded.
    pub content: T,
}

/// The end of a session.
#[derive(Debug)]
pub struct Endpoint {
    cursor: Cursor,
    roster: Arc<Roster>,
    seat: SeatId,
    limits: Limits,
    channels: Vec<Channel>,
}

impl Endpoint {
    /// The end of `seat`, which the roster must have.
    pub fn new(
        protocol: &'static Protocol,
        roster: Arc<Roster>,
        seat: SeatId,
        limits: Limits,
    ) -> Option<Self> {
        let role = RoleId(roster.seat(seat)?.role);
        Some(Self {
            cursor: Cursor::start(protocol, role)?,
            seat,
            limits,
            channels: roster.seats.iter().map(|_| Channel::default()).collect(),
            roster,
        })
    }

    /// The handshake with `peer` is done: frames of this channel carry `route`.
    pub fn handle_connected(&mut self, peer: SeatId, route: u32) {
        if let Some(channel) = self.channel_mut(peer) {
            channel.connect(route);
        }
    }

    /// The state of the local type.
    pub fn state(&self) -> StateId {
        self.cursor.state
    }

    /// Whether another frame to `to` may be queued.
    pub fn has_room(&self, to: SeatId) -> bool {
        self.channel(to)
            .is_none_or(|channel| channel.outstanding() < self.limits.window)
    }

    /// Queues a frame, sealed. It will be transmitted after [`Self::handle_committed`] alone.
    pub fn handle_send(
        &mut self,
        now: Duration,
        message: MessageId,
        to: SeatId,
        payload: Vec<u8>,
    ) -> Result<Slot, QueueError> {
        let row = self
            .cursor
            .protocol
            .message(message)
            .ok_or(QueueError::State)?;
        let edge = self.cursor.sends(message).ok_or(QueueError::State)?;
        if self.role_of(to) != Some(row.to) {
            return Err(QueueError::State);
        }
        if payload.len() > self.limits.payload as usize {
            return Err(QueueError::Oversized {
                length: payload.len(),
                cap: self.limits.payload,
            });
        }
        if !self.has_room(to) {
            return Err(QueueError::Full);
        }
        let header = self.header(row, payload.len());
        let channel = self.channel_mut(to).ok_or(QueueError::State)?;
        if channel.is_closed() {
            return Err(QueueError::Gone);
        }
        channel.seal(now, header, payload);
        Ok(Slot { seat: to, edge })
    }

    /// Breaks the seal of a frame: its charge is in the journal. The state moves.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a slot is used up by its outcome"
    )]
    pub fn handle_committed(&mut self, slot: Slot, proof: Committed) {
        if let Some(channel) = self.channel_mut(slot.seat) {
            channel.unseal(proof);
        }
        self.cursor.state = slot.edge.to;
    }

    /// Takes a sealed frame back: its charge did not reach the journal. The state stays.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a slot is used up by its outcome"
    )]
    pub fn handle_voided(&mut self, slot: Slot) {
        if let Some(channel) = self.channel_mut(slot.seat) {
            channel.unqueue();
        }
    }

    /// This seat is through: once its frames are out, each peer is told.
    pub fn handle_close(&mut self) {
        self.channels.iter_mut().for_each(Channel::leave);
    }

    /// A step towards a party in the same process, or of nobody's but this role.
    pub fn handle_step(&mut self, to: StateId) {
        self.cursor.state = to;
    }

    /// Takes in one whole frame that came over the connection of `from`.
    pub fn handle_frame(
        &mut self,
        now: Duration,
        from: SeatId,
        frame: &[u8],
    ) -> Result<(), FrameError> {
        self.check_frame(now, from, frame)
            .map_err(|fault| self.error(from, fault))
    }

    /// The connection of `from` is gone: what has arrived is still delivered.
    pub fn handle_lost(&mut self, from: SeatId) {
        if let Some(channel) = self.channel_mut(from) {
            channel.close();
        }
    }

    /// Whether `from` will send nothing beyond what waits here.
    pub fn is_lost(&self, from: SeatId) -> bool {
        self.channel(from)
            .is_none_or(|channel| channel.is_closed() && channel.head().is_none())
    }

    /// The message that the state waits for, if it is here. `decode` turns label and payload into
    /// content; where it cannot, or where the state does not expect the label, the peer is at fault
    /// and the session does not move.
    pub fn poll_delivery<T>(
        &mut self,
        decode: impl FnOnce(LabelId, &[u8]) -> Option<T>,
    ) -> Result<Option<Delivery<T>>, FrameError> {
        if self.cursor.kind() != StateKind::Receive {
            return Ok(None);
        }
        let Some((seat, edge, message)) = self.awaited()? else {
            return Ok(None);
        };
        let Some((label, payload)) = self.channel(seat).and_then(Channel::head) else {
            return Ok(None);
        };
        let Some(content) = decode(label, payload) else {
            let fault = FrameFault::Payload(self.cursor.protocol.label_name(label));
            return Err(self.error(seat, fault));
        };
        if let Some(channel) = self.channel_mut(seat) {
            channel.deliver();
        }
        self.cursor.state = edge.to;
        Ok(Some(Delivery {
            seat,
            message,
            content,
        }))
    }

    /// The next frame for `to` whose charge is in the journal, or an acknowledgement that is due.
    pub fn poll_transmit(&mut self, to: SeatId) -> Option<Vec<u8>> {
        let (seat, window) = (self.seat, self.limits.window);
        self.channel_mut(to)?.transmit(seat, window)
    }

    /// The first seat whose head the state takes. A head that it does not take may belong to a later
    /// state while another sender is still to be heard; once none is, the first one is at fault.
    fn awaited(&self) -> Result<Option<(SeatId, EdgeRow, MessageId)>, FrameError> {
        let mut fault = None;
        let mut silent = false;
        for role in self.cursor.senders() {
            for seat in self.seats_of(role) {
                let Some((label, _)) = self.channel(seat).and_then(Channel::head) else {
                    silent = true;
                    continue;
                };
                if let Some((edge, message)) = self.cursor.takes(role, label) {
                    return Ok(Some((seat, edge, message)));
                }
                fault.get_or_insert((seat, role, label));
            }
        }
        match fault {
            Some((seat, role, label)) if !silent => {
                let found = self.cursor.protocol.label_name(label);
                let expected = self.cursor.labels_of(role);
                Err(self.error(seat, FrameFault::Unexpected { found, expected }))
            }
            _ => Ok(None),
        }
    }

    fn check_frame(&mut self, now: Duration, from: SeatId, frame: &[u8]) -> Result<(), FrameFault> {
        let (header, payload) = Header::split(frame, self.limits.payload)?;
        if header.seat != from || from == self.seat {
            return Err(FrameFault::Seat {
                expected: from,
                found: header.seat,
            });
        }
        if header.branch != 0 {
            return Err(FrameFault::Branch(header.branch));
        }
        match header.kind {
            Kind::Data => self.check_label(from, header)?,
            Kind::Ack | Kind::Close if payload.is_empty() => {}
            Kind::Ack | Kind::Close => {
                return Err(FrameFault::Trailing {
                    extra: payload.len(),
                });
            }
            kind @ (Kind::Hello | Kind::Reply) => return Err(FrameFault::Kind(kind as u8)),
        }
        let window = self.limits.window;
        let channel = self.channel_mut(from).ok_or(FrameFault::Seat {
            expected: from,
            found: header.seat,
        })?;
        channel.accept(now, header, payload, window)
    }

    /// A label that this peer never sends to this role is refused at the door, whatever the state.
    fn check_label(&self, from: SeatId, header: Header) -> Result<(), FrameFault> {
        let sender = self.role_of(from);
        let mut rows = self.cursor.protocol.messages.iter().filter(|row| {
            row.label == header.label && Some(row.from) == sender && row.to == self.cursor.role()
        });
        let Some(first) = rows.next() else {
            return Err(FrameFault::Label(header.label));
        };
        if std::iter::once(first)
            .chain(rows)
            .all(|row| row.context.0 != header.context)
        {
            return Err(FrameFault::Context {
                label: header.label,
                context: header.context,
            });
        }
        Ok(())
    }

    fn header(&self, row: &MessageRow, length: usize) -> Header {
        Header {
            // The caller has compared the length with a cap of 32 bits.
            length: u32::try_from(length).unwrap_or(u32::MAX),
            kind: Kind::Data,
            branch: 0,
            label: row.label,
            route: 0,
            sequence: 0,
            ack: 0,
            context: row.context.0,
            seat: self.seat,
        }
    }

    fn seats_of(&self, role: RoleId) -> impl Iterator<Item = SeatId> + '_ {
        let seats = (0u16..).zip(&self.roster.seats);
        seats
            .filter(move |(_, seat)| seat.role == role.0)
            .map(|(id, _)| SeatId(id))
    }

    fn role_of(&self, seat: SeatId) -> Option<RoleId> {
        self.roster.seat(seat).map(|seat| RoleId(seat.role))
    }

    fn channel(&self, seat: SeatId) -> Option<&Channel> {
        self.channels.get(usize::from(seat.0))
    }

    fn channel_mut(&mut self, seat: SeatId) -> Option<&mut Channel> {
        self.channels.get_mut(usize::from(seat.0))
    }

    fn error(&self, seat: SeatId, fault: FrameFault) -> FrameError {
        let role = self
            .role_of(seat)
            .map_or("?", |role| self.cursor.protocol.role_name(role));
        FrameError { seat, role, fault }
    }
}

// The header must stay within what the wire promises.
const _: () = assert!(HEADER <= 24);
