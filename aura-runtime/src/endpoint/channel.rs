//! The frames between this seat and one other: numbered, acknowledged, kept until acknowledged.
//!
//! When the connection below breaks, the channel is suspended: it keeps everything. A new connection
//! resumes it from what the peer says it has received, and repeats from there the identical frames.

mod amend;

use std::{borrow::Cow, collections::VecDeque};

use super::{Permit, spare::Spare};
use crate::{
    frame::{FrameFault, Header, Kind, Window},
    identity::SeatId,
    ledger::Committed,
    machine::LabelId,
    walk::Word,
};

/// The label of a close that comes after the end of the sender's run.
const THROUGH: u16 = 1;

/// Both directions of one pair of seats.
#[derive(Debug, Default)]
pub(super) struct Channel {
    /// Arrived, not delivered: queue, word and payload.
    inbox: VecDeque<(u8, Word, Vec<u8>)>,
    inbox_bytes: usize,
    /// Queued, in order; frames behind a sealed one wait for it.
    outbox: VecDeque<Outgoing>,
    /// Transmitted, not acknowledged: what a new connection has to repeat.
    unacked: VecDeque<(Header, Vec<u8>)>,
    /// How many at the end of `unacked` the current connection has not carried yet.
    repeat: usize,
    /// Bytes in `outbox` and `unacked`.
    outgoing_bytes: usize,
    /// The session's number on the connection; none before the handshake.
    route: Option<u32>,
    /// What the peer has room for; none where the handshake did not say.
    window: Option<Window>,
    /// There is no connection now, and there may be one again.
    suspended: bool,
    /// Frames that were acknowledged.
    forgotten: u32,
    /// The number of the next slot.
    next_slot: u64,
    next_send: u32,
    next_receive: u32,
    delivered: u32,
    /// Of what was delivered: how much the peer does not know yet, in frames and in bytes.
    owed: u32,
    owed_bytes: usize,
    closed: bool,
    /// The peer's run was over when it closed: what comes late is charged and goes nowhere.
    through: bool,
    leaving: Leaving,
    /// The label of this side's close.
    farewell: u16,
    spare: Spare,
}

/// How far this side has come with saying that it is through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Leaving {
    #[default]
    No,
    Due,
    Said,
}

#[derive(Debug)]
struct Outgoing {
    slot: u64,
    header: Header,
    payload: Vec<u8>,
    proof: Option<Committed>,
    /// Held until the frame is on its way for the first time.
    #[expect(dead_code, reason = "what counts is when it is dropped")]
    permit: Option<Permit>,
}

impl Channel {
    pub(super) fn connect(&mut self, route: u32) {
        self.route = Some(route);
    }

    /// The peer has told how much it has room for.
    pub(super) fn narrow(&mut self, window: Window) {
        self.window = Some(window);
    }

    /// Whether another frame may be queued. One that is queued may be as long as frames may be, so
    /// the bytes kept exceed the window by less than one frame.
    pub(super) fn has_room(&self, own: Window) -> bool {
        let window = self.agreed(own);
        self.outbox.len() + self.unacked.len() < window.frames as usize
            && self.outgoing_bytes < window.bytes as usize
    }

    /// The most payload that a frame may have here.
    pub(super) fn cap(&self, own: Window) -> u32 {
        self.agreed(own).payload
    }

    /// What both sides have room for.
    fn agreed(&self, own: Window) -> Window {
        self.window.map_or(own, |peer| peer.min(own))
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    /// The peer is gone for good: nothing that waits for it will be taken.
    pub(super) fn close(&mut self) {
        self.closed = true;
        self.outbox.clear();
        self.unacked.clear();
        self.outgoing_bytes = 0;
        self.repeat = 0;
    }

    /// After the frames that are queued, one that says that no more will come.
    pub(super) fn leave(&mut self, ended: bool) {
        if self.leaving == Leaving::No {
            self.leaving = Leaving::Due;
            self.farewell = if ended { THROUGH } else { 0 };
        }
    }

    /// Whether both sides have said that they are through.
    pub(super) fn is_over(&self) -> bool {
        self.closed && self.leaving == Leaving::Said
    }

    /// Whether nothing is queued and the peer was told that nothing will be.
    pub(super) fn is_drained(&self) -> bool {
        self.closed || (self.outbox.is_empty() && self.leaving == Leaving::Said)
    }

    /// Whether the peer has left in the middle of its run.
    pub(super) fn is_gone(&self) -> bool {
        self.closed && !self.through
    }

    /// Whether nothing more can be queued.
    pub(super) fn is_shut(&self) -> bool {
        self.is_gone() || self.leaving != Leaving::No
    }

    /// The connection is gone: nothing is transmitted until the channel resumes.
    pub(super) fn suspend(&mut self) {
        self.suspended = true;
    }

    /// What a new connection has to tell the peer: how many frames were received, how many of them
    /// delivered, and whether the peer has closed.
    pub(super) fn received(&mut self) -> (u32, u32, bool) {
        (self.next_receive, self.acknowledge(), self.closed)
    }

    /// There is a connection again, and the peer says how much it has received: what it has not is
    /// repeated. `None` if that is not what can have happened; then nothing has changed.
    pub(super) fn resume(&mut self, received: u32, delivered: u32, closed: bool) -> Option<()> {
        let open = self.unacked.len();
        let missing = self.next_send.wrapping_sub(received) as usize;
        let undelivered = self.next_send.wrapping_sub(delivered) as usize;
        if missing > undelivered || (missing > open && !self.closed) {
            return None;
        }
        let fresh = if self.closed {
            0
        } else {
            self.unacked_until(delivered, 0).ok()?
        };
        self.forget(fresh);
        self.repeat = missing.min(self.unacked.len());
        if self.leaving == Leaving::Said && !closed {
            self.leaving = Leaving::Due;
        }
        self.suspended = false;
        Some(())
    }

    pub(super) fn seal(&mut self, header: Header, payload: Vec<u8>, permit: Option<Permit>) -> u64 {
        self.outgoing_bytes += payload.len();
        let slot = self.next_slot;
        self.next_slot += 1;
        self.outbox.push_back(Outgoing {
            slot,
            header,
            payload,
            proof: None,
            permit,
        });
        slot
    }

    /// Breaks the seal of a slot. To a peer whose run is over nothing has to go.
    pub(super) fn unseal(&mut self, slot: u64, proof: Committed) {
        if self.closed && self.through {
            self.unqueue(slot);
        } else if let Some(sealed) = self.outbox.iter_mut().find(|frame| frame.slot == slot) {
            sealed.proof = Some(proof);
        }
    }

    /// Drops the sealed frame of a slot.
    pub(super) fn unqueue(&mut self, slot: u64) {
        if let Some(at) = self.outbox.iter().position(|frame| frame.slot == slot) {
            let removed = self.outbox.remove(at);
            let length = removed.map_or(0, |frame| frame.payload.len());
            self.outgoing_bytes = self.outgoing_bytes.saturating_sub(length);
        }
    }

    /// The next frame of a queue.
    pub(super) fn head(&self, queue: u8) -> Option<(Word, &[u8])> {
        self.inbox
            .iter()
            .find(|(of, ..)| *of == queue)
            .map(|(_, word, payload)| (*word, payload.as_slice()))
    }

    pub(super) fn deliver(&mut self, queue: u8) {
        let at = self.inbox.iter().position(|(of, ..)| *of == queue);
        if let Some((.., payload)) = at.and_then(|at| self.inbox.remove(at)) {
            self.inbox_bytes -= payload.len();
            self.owed += 1;
            self.owed_bytes += payload.len();
            self.delivered = self.delivered.wrapping_add(1);
            self.spare.keep(payload);
        }
    }

    /// Takes a frame in, if it is the next one and acknowledges nothing that was not sent.
    pub(super) fn accept(
        &mut self,
        header: Header,
        payload: Cow<'_, [u8]>,
        window: Window,
    ) -> Result<(), FrameFault> {
        match self.route {
            Some(route) if route == header.route => {}
            expected => {
                return Err(FrameFault::Session {
                    expected,
                    found: header.route,
                });
            }
        }
        let (expected, found) = (self.next_receive, header.sequence);
        if self.closed {
            return Err(FrameFault::Closed);
        }
        if found != expected {
            let behind = expected.wrapping_sub(found) <= u32::MAX / 2;
            return Err(if behind {
                FrameFault::Replayed { expected, found }
            } else {
                FrameFault::Reordered { expected, found }
            });
        }
        let fresh = self.unacked_until(header.ack, self.agreed(window).frames)?;
        let word = match header.kind {
            Kind::Data => Some(Word::Message(header.label)),
            Kind::Abstain => Some(Word::Abstention(header.label)),
            _ => None,
        };
        if let Some(word) = word {
            if self.inbox.len() >= window.frames as usize
                || self.inbox_bytes >= window.bytes as usize
            {
                return Err(FrameFault::Overrun(window.frames));
            }
            self.inbox_bytes += payload.len();
            let payload = self.spare.own(payload);
            self.inbox.push_back((header.branch, word, payload));
            self.next_receive = self.next_receive.wrapping_add(1);
        }
        self.forget(fresh);
        if header.kind == Kind::Close {
            self.through = header.label.0 == THROUGH;
            self.close();
        }
        Ok(())
    }

    /// How many of the frames kept are acknowledged by `ack`. A frame that is repeated says what its
    /// first copy said, so an acknowledgement may be behind, by no more than could be under way.
    fn unacked_until(&self, ack: u32, behind: u32) -> Result<usize, FrameFault> {
        let ahead = self.next_send.wrapping_sub(ack) as usize;
        let open = self.unacked.len();
        if ahead > open + behind.min(self.forgotten) as usize {
            return Err(FrameFault::Ack {
                sent: self.next_send,
                found: ack,
            });
        }
        Ok(open.saturating_sub(ahead))
    }

    /// Drops the first frames kept: the peer has taken them.
    fn forget(&mut self, count: usize) {
        let gone = u32::try_from(count).unwrap_or(u32::MAX);
        self.forgotten = self.forgotten.saturating_add(gone);
        for (_, payload) in self.unacked.drain(..count) {
            self.outgoing_bytes -= payload.len();
            self.spare.keep(payload);
        }
        self.repeat = self.repeat.min(self.unacked.len());
    }

    /// Whether [`Self::transmit`] would give a frame.
    pub(super) fn is_ready(&self, window: Window) -> bool {
        let next = self.outbox.front();
        self.route.is_some()
            && !self.suspended
            && (self.repeat > 0
                || next.is_some_and(|frame| frame.proof.is_some())
                || (self.leaving == Leaving::Due && next.is_none())
                || self.owes(window))
    }

    /// Writes the next frame behind what `burst` holds; `false` if there is none.
    pub(super) fn transmit(&mut self, seat: SeatId, window: Window, burst: &mut Vec<u8>) -> bool {
        let Some(route) = self.route.filter(|_| !self.suspended) else {
            return false;
        };
        if self.repeat > 0 {
            let known = self.unacked.get(self.unacked.len() - self.repeat);
            if let Some((header, payload)) = known {
                write(burst, header, payload);
            }
            self.repeat -= 1;
            return known.is_some();
        }
        if self
            .outbox
            .front()
            .is_some_and(|frame| frame.proof.is_some())
        {
            let Some(frame) = self.outbox.pop_front() else {
                return false;
            };
            let (mut header, payload) = (frame.header, frame.payload);
            header.route = route;
            header.sequence = self.next_send;
            header.ack = self.acknowledge();
            self.next_send = self.next_send.wrapping_add(1);
            write(burst, &header, &payload);
            self.unacked.push_back((header, payload));
            return true;
        }
        if self.leaving == Leaving::Due && self.outbox.is_empty() {
            self.leaving = Leaving::Said;
            let ack = self.acknowledge();
            let mut header = self.bare(Kind::Close, seat, route, ack);
            header.label = LabelId(self.farewell);
            write(burst, &header, &[]);
            return true;
        }
        if !self.owes(window) {
            return false;
        }
        let ack = self.acknowledge();
        write(burst, &self.bare(Kind::Ack, seat, route, ack), &[]);
        true
    }

    /// Whether so much was delivered that the peer should hear of it without waiting for a message.
    fn owes(&self, own: Window) -> bool {
        let window = self.agreed(own);
        self.owed >= window.frames.div_ceil(2)
            || self.owed_bytes >= (window.bytes.div_ceil(2) as usize).max(1)
    }

    fn acknowledge(&mut self) -> u32 {
        self.owed = 0;
        self.owed_bytes = 0;
        self.delivered
    }

    fn bare(&self, kind: Kind, seat: SeatId, route: u32, ack: u32) -> Header {
        Header {
            kind,
            route,
            sequence: self.next_send,
            ack,
            seat,
            ..Header::bare(kind)
        }
    }
}

fn write(burst: &mut Vec<u8>, header: &Header, payload: &[u8]) {
    burst.extend_from_slice(&header.write());
    burst.extend_from_slice(payload);
}
