//! One seat's end of a session with seats elsewhere, without IO.
//!
//! In: `handle_*`, what the typed session does, what arrives, and the time. Out: `poll_*`, frames to
//! transmit. What holds: every frame is checked against what the handshake fixed (session, seat,
//! sequence, size) and against the tables (whether this peer ever says this label to this role, in
//! this context and on this branch) before it is kept; a frame that does not fit is an error that
//! names the peer, and nothing has changed. A frame to send is sealed until the ledger's proof comes
//! in, and no sealed frame is ever polled. Left out on purpose: where the run stands, which its walk
//! says; sockets, tasks and clocks; time is an argument.

mod channel;
mod error;
mod idle;
mod resume;
mod spare;
#[cfg(test)]
mod tests;

use std::{borrow::Cow, sync::Arc};

pub use self::error::{FrameError, QueueError};
pub(crate) use self::resume::Permit;
use self::{channel::Channel, idle::Idle};
use crate::{
    frame::{FrameFault, HEADER, Header, Kind, MAX_PAYLOAD, Window},
    identity::{Roster, SeatId},
    ledger::Committed,
    machine::{Action, LabelId, MessageId, MessageRow, PeerRow, Protocol, RoleId},
    walk::{Source, Word},
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
    number: u64,
}

/// What a peer may say, for a look-up: its role, the label, the branch and the context.
type Known = (RoleId, LabelId, u8, u16);

/// The end of a session.
#[derive(Debug)]
pub struct Endpoint {
    protocol: &'static Protocol,
    role: RoleId,
    roster: Arc<Roster>,
    seat: SeatId,
    limits: Limits,
    known: Vec<Known>,
    channels: Vec<Channel>,
    idle: Idle,
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
            known: known(protocol, role),
            protocol,
            role,
            seat,
            limits,
            channels: roster.seats.iter().map(|_| Channel::default()).collect(),
            roster,
            idle: Idle::new(),
        })
    }

    /// The handshake with `peer` is done: frames of this channel carry `route`.
    pub fn handle_connected(&mut self, peer: SeatId, route: u32) {
        if let Some(channel) = self.channel_mut(peer) {
            channel.connect(route);
        }
    }

    /// Whether another frame to `to` may be queued.
    pub fn has_room(&self, to: SeatId) -> bool {
        self.channel(to)
            .is_none_or(|channel| channel.has_room(self.limits.window()))
    }

    /// Queues a frame, sealed. It will be transmitted after [`Self::handle_committed`] alone.
    pub fn handle_send(
        &mut self,
        message: MessageId,
        to: SeatId,
        payload: Vec<u8>,
    ) -> Result<Slot, QueueError> {
        let source = Source { seat: to, queue: 0 };
        self.queue(message, source, Some(payload), None)
    }

    /// As [`Self::handle_send`], on any queue, for a frame that holds room on a connection; without a
    /// payload it is an abstention.
    pub(crate) fn queue(
        &mut self,
        message: MessageId,
        to: Source,
        payload: Option<Vec<u8>>,
        permit: Option<Permit>,
    ) -> Result<Slot, QueueError> {
        let row = self.protocol.message(message).ok_or(QueueError::State)?;
        if row.from != self.role || self.role_of(to.seat) != Some(row.to) {
            return Err(QueueError::State);
        }
        let kind = match &payload {
            Some(_) => Kind::Data,
            None => Kind::Abstain,
        };
        let payload = payload.unwrap_or_default();
        let own = self.limits.window();
        let cap = self
            .channel(to.seat)
            .map_or(own.payload, |channel| channel.cap(own));
        if payload.len() > cap as usize {
            return Err(QueueError::Oversized {
                length: payload.len(),
                cap,
            });
        }
        if !self.has_room(to.seat) {
            return Err(QueueError::Full);
        }
        let mut header = self.header(row, payload.len());
        header.kind = kind;
        header.branch = to.queue;
        let channel = self.channel_mut(to.seat).ok_or(QueueError::State)?;
        if channel.is_shut() {
            return Err(QueueError::Gone);
        }
        let number = channel.seal(header, payload, permit);
        self.idle.stir();
        Ok(Slot {
            seat: to.seat,
            number,
        })
    }

    /// Breaks the seal of a frame: its charge is in the journal. Gives the seat that it is for.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a slot is used up by its outcome"
    )]
    pub fn handle_committed(&mut self, slot: Slot, proof: Committed) -> SeatId {
        if let Some(channel) = self.channel_mut(slot.seat) {
            channel.unseal(slot.number, proof);
        }
        slot.seat
    }

    /// Takes a sealed frame back: its charge did not reach the journal. Gives the seat that it was
    /// for: frames behind it may be ready.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "a slot is used up by its outcome"
    )]
    pub fn handle_voided(&mut self, slot: Slot) -> SeatId {
        if let Some(channel) = self.channel_mut(slot.seat) {
            channel.unqueue(slot.number);
        }
        slot.seat
    }

    /// This seat is through, at the end of its run or in the middle: once its frames are out, each
    /// peer is told.
    pub fn handle_close(&mut self, through: bool) {
        self.channels
            .iter_mut()
            .for_each(|channel| channel.leave(through));
    }

    /// Takes in one whole frame that came over the connection of `from`.
    pub fn handle_frame(&mut self, from: SeatId, frame: &[u8]) -> Result<(), FrameError> {
        match Header::split(frame, self.limits.payload) {
            Ok((header, payload)) => self.handle_parts(from, header, payload.into()),
            Err(fault) => Err(self.error(from, fault)),
        }
    }

    /// As [`Self::handle_frame`], for one whose header was read: a payload of its own is kept as it
    /// is, one that is borrowed is copied once every check has passed.
    pub(crate) fn handle_parts(
        &mut self,
        from: SeatId,
        header: Header,
        payload: Cow<'_, [u8]>,
    ) -> Result<(), FrameError> {
        let taken = self.check_frame(from, header, payload);
        if taken.is_ok() {
            self.idle.stir();
        }
        taken.map_err(|fault| self.error(from, fault))
    }

    /// The connection of `from` is gone: what has arrived is still delivered.
    pub fn handle_lost(&mut self, from: SeatId) {
        if let Some(channel) = self.channel_mut(from) {
            channel.close();
        }
    }

    /// Whether `from` will send nothing beyond what waits here.
    pub fn is_lost(&self, from: SeatId) -> bool {
        self.channel(from).is_none_or(Channel::is_closed)
    }

    /// Whether `from` has left in the middle of its run.
    pub(crate) fn is_gone(&self, from: SeatId) -> bool {
        self.channel(from).is_none_or(Channel::is_gone)
    }

    /// The next frame of a queue: what it says, and its payload.
    pub(crate) fn head(&self, from: Source) -> Option<(Word, &[u8])> {
        self.channel(from.seat)?.head(from.queue)
    }

    /// The next frame of a queue was delivered, or absorbed.
    pub(crate) fn handle_taken(&mut self, from: Source) {
        if let Some(channel) = self.channel_mut(from.seat) {
            channel.deliver(from.queue);
            self.idle.stir();
        }
    }

    /// Writes the next frame for `to` whose charge is in the journal, or an acknowledgement that is
    /// due, behind what `burst` holds; `false` if there is none.
    pub fn poll_transmit(&mut self, to: SeatId, burst: &mut Vec<u8>) -> bool {
        let (seat, window) = (self.seat, self.limits.window());
        self.channel_mut(to)
            .is_some_and(|channel| channel.transmit(seat, window, burst))
    }

    /// Whether [`Self::poll_transmit`] has something for `to`.
    pub fn can_transmit(&self, to: SeatId) -> bool {
        let window = self.limits.window();
        self.channel(to)
            .is_some_and(|channel| channel.is_ready(window))
    }

    fn check_frame(
        &mut self,
        from: SeatId,
        header: Header,
        payload: Cow<'_, [u8]>,
    ) -> Result<(), FrameFault> {
        let (length, cap) = (header.length, self.limits.payload);
        if length > cap {
            return Err(FrameFault::Oversized { length, cap });
        }
        if header.seat != from || from == self.seat {
            return Err(FrameFault::Seat {
                expected: from,
                found: header.seat,
            });
        }
        if header.branch >= self.protocol.queues {
            return Err(FrameFault::Branch(header.branch));
        }
        match header.kind {
            Kind::Data => self.check_label(from, header)?,
            Kind::Abstain if payload.is_empty() => self.check_label(from, header)?,
            Kind::Ack | Kind::Close if payload.is_empty() => {}
            Kind::Abstain | Kind::Ack | Kind::Close => {
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
        channel.accept(header, payload, window)
    }

    /// A label that this peer never sends to this role is refused at the door, whatever the state.
    fn check_label(&self, from: SeatId, header: Header) -> Result<(), FrameFault> {
        let role = self.role_of(from).ok_or(FrameFault::Label(header.label))?;
        let known = (role, header.label, header.branch, header.context);
        if self.known.binary_search(&known).is_ok() {
            return Ok(());
        }
        let mut rows = self
            .known
            .iter()
            .filter(|row| (row.0, row.1) == (role, header.label));
        Err(match rows.next() {
            None => FrameFault::Label(header.label),
            Some(row) if rows.chain([row]).all(|row| row.3 != header.context) => {
                FrameFault::Context {
                    label: header.label,
                    context: header.context,
                }
            }
            Some(_) => FrameFault::Branch(header.branch),
        })
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
            .map_or("?", |role| self.protocol.role_name(role));
        FrameError { seat, role, fault }
    }
}

/// Everything that others say to a role, sorted.
fn known(protocol: &'static Protocol, role: RoleId) -> Vec<Known> {
    let machines = protocol.machines.iter();
    let edges = machines
        .filter(|machine| machine.role == role)
        .flat_map(|machine| machine.edges);
    let heard = edges.filter_map(|edge| match &edge.action {
        Action::Receive { from, message } => Some((from, std::slice::from_ref(message))),
        Action::Gather { from, answers, .. } => Some((from, *answers)),
        _ => None,
    });
    let mut known: Vec<Known> = heard
        .flat_map(|(from, messages): (&PeerRow, &[MessageId])| {
            let rows = messages.iter().filter_map(|id| protocol.message(*id));
            rows.map(|row| (from.role, row.label, from.queue, row.context.0))
        })
        .collect();
    known.sort_unstable();
    known.dedup();
    known
}

// The header must stay within what the wire promises.
const _: () = assert!(HEADER <= 24);
