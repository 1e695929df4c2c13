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
mod error;
mod resume;
#[cfg(test)]
mod tests;

use std::{sync::Arc, time::Duration};

pub use self::error::{FrameError, QueueError};
pub(crate) use self::resume::Permit;
use self::{channel::Channel, cursor::Cursor};
use crate::{
    frame::{FrameFault, HEADER, Header, Kind, MAX_PAYLOAD, Window},
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
    /// The most bytes of their payload; the last frame may go beyond.
    pub bytes: u32,
}

impl Limits {
    /// What a channel has room for.
    pub fn window(&self) -> Window {
        Window {
            frames: self.window,
            bytes: self.bytes,
            payload: self.payload,
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            payload: MAX_PAYLOAD,
            window: 64,
            bytes: 4 << 20,
        }
    }
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
            .is_none_or(|channel| channel.has_room(self.limits.window()))
    }

    /// Queues a frame, sealed. It will be transmitted after [`Self::handle_committed`] alone.
    pub fn handle_send(
        &mut self,
        now: Duration,
        message: MessageId,
        to: SeatId,
        payload: Vec<u8>,
    ) -> Result<Slot, QueueError> {
        self.queue(now, message, to, payload, None)
    }

    /// As [`Self::handle_send`], for a frame that holds room on a connection.
    pub(crate) fn queue(
        &mut self,
        now: Duration,
        message: MessageId,
        to: SeatId,
        payload: Vec<u8>,
        permit: Option<Permit>,
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
        let own = self.limits.window();
        let cap = self
            .channel(to)
            .map_or(own.payload, |channel| channel.cap(own));
        if payload.len() > cap as usize {
            return Err(QueueError::Oversized {
                length: payload.len(),
                cap,
            });
        }
        if !self.has_room(to) {
            return Err(QueueError::Full);
        }
        let header = self.header(row, payload.len());
        let channel = self.channel_mut(to).ok_or(QueueError::State)?;
        if channel.is_shut() {
            return Err(QueueError::Gone);
        }
        channel.seal(now, header, payload, permit);
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
        let (seat, window) = (self.seat, self.limits.window());
        self.channel_mut(to)?.transmit(seat, window)
    }

    /// Whether [`Self::poll_transmit`] has something for `to`.
    pub fn can_transmit(&self, to: SeatId) -> bool {
        let window = self.limits.window();
        self.channel(to)
            .is_some_and(|channel| channel.is_ready(window))
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
            kind => return Err(FrameFault::Kind(kind as u8)),
        }
        let window = self.limits.window();
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
            label: row.label,
            context: row.context.0,
            seat: self.seat,
            ..Header::bare(Kind::Data)
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
