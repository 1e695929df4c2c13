//! The frames between this seat and one other: numbered, acknowledged, kept until acknowledged.

use std::{collections::VecDeque, time::Duration};

use crate::{
    frame::{FrameFault, Header, Kind},
    identity::SeatId,
    ledger::Committed,
    machine::LabelId,
};

/// Both directions of one pair of seats.
#[derive(Debug, Default)]
pub(super) struct Channel {
    /// Arrived, not delivered.
    inbox: VecDeque<(LabelId, Vec<u8>)>,
    /// Queued, in order; frames behind a sealed one wait for it.
    outbox: VecDeque<Outgoing>,
    /// Transmitted, not acknowledged: what a new connection would have to repeat.
    unacked: VecDeque<(Header, Vec<u8>)>,
    /// The session's number on the connection; none before the handshake.
    route: Option<u32>,
    next_send: u32,
    next_receive: u32,
    delivered: u32,
    acked: u32,
    heard: Duration,
    closed: bool,
    leaving: bool,
}

#[derive(Debug)]
struct Outgoing {
    header: Header,
    payload: Vec<u8>,
    proof: Option<Committed>,
}

impl Channel {
    pub(super) fn connect(&mut self, route: u32) {
        self.route = Some(route);
    }

    pub(super) fn outstanding(&self) -> u32 {
        u32::try_from(self.outbox.len() + self.unacked.len()).unwrap_or(u32::MAX)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed
    }

    pub(super) fn close(&mut self) {
        self.closed = true;
    }

    /// After the frames that are queued, one that says that no more will come.
    pub(super) fn leave(&mut self) {
        self.leaving = true;
    }

    pub(super) fn seal(&mut self, now: Duration, header: Header, payload: Vec<u8>) {
        self.heard = self.heard.max(now);
        self.outbox.push_back(Outgoing {
            header,
            payload,
            proof: None,
        });
    }

    /// Breaks the oldest seal: proofs come in the order of sends.
    pub(super) fn unseal(&mut self, proof: Committed) {
        if let Some(sealed) = self.outbox.iter_mut().find(|frame| frame.proof.is_none()) {
            sealed.proof = Some(proof);
        }
    }

    /// Drops the oldest sealed frame.
    pub(super) fn unqueue(&mut self) {
        if let Some(at) = self.outbox.iter().position(|frame| frame.proof.is_none()) {
            self.outbox.remove(at);
        }
    }

    pub(super) fn head(&self) -> Option<(LabelId, &[u8])> {
        self.inbox
            .front()
            .map(|(label, payload)| (*label, payload.as_slice()))
    }

    pub(super) fn deliver(&mut self) {
        if self.inbox.pop_front().is_some() {
            self.delivered = self.delivered.wrapping_add(1);
        }
    }

    /// Takes a frame in, if it is the next one and acknowledges nothing that was not sent.
    pub(super) fn accept(
        &mut self,
        now: Duration,
        header: Header,
        payload: &[u8],
        window: u32,
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
        let fresh = self.unacked_until(header.ack)?;
        if header.kind == Kind::Data {
            if self.inbox.len() >= window as usize {
                return Err(FrameFault::Overrun(window));
            }
            self.inbox.push_back((header.label, payload.to_vec()));
            self.next_receive = self.next_receive.wrapping_add(1);
        }
        self.closed = header.kind == Kind::Close;
        self.unacked.drain(..fresh);
        self.heard = now;
        Ok(())
    }

    /// How many of the frames kept are acknowledged by `ack`.
    fn unacked_until(&self, ack: u32) -> Result<usize, FrameFault> {
        let open = self.unacked.len();
        let ahead = self.next_send.wrapping_sub(ack) as usize;
        open.checked_sub(ahead).ok_or(FrameFault::Ack {
            sent: self.next_send,
            found: ack,
        })
    }

    pub(super) fn transmit(&mut self, seat: SeatId, window: u32) -> Option<Vec<u8>> {
        let route = self.route?;
        if self
            .outbox
            .front()
            .is_some_and(|frame| frame.proof.is_some())
        {
            let Outgoing {
                mut header,
                payload,
                ..
            } = self.outbox.pop_front()?;
            header.route = route;
            header.sequence = self.next_send;
            header.ack = self.acknowledge();
            self.next_send = self.next_send.wrapping_add(1);
            let bytes = assemble(&header, &payload);
            self.unacked.push_back((header, payload));
            return Some(bytes);
        }
        if self.leaving && self.outbox.is_empty() {
            self.leaving = false;
            let ack = self.acknowledge();
            return Some(assemble(&self.bare(Kind::Close, seat, route, ack), &[]));
        }
        let owed = self.delivered.wrapping_sub(self.acked);
        if owed < window.div_ceil(2) {
            return None;
        }
        let ack = self.acknowledge();
        Some(assemble(&self.bare(Kind::Ack, seat, route, ack), &[]))
    }

    fn acknowledge(&mut self) -> u32 {
        self.acked = self.delivered;
        self.delivered
    }

    fn bare(&self, kind: Kind, seat: SeatId, route: u32, ack: u32) -> Header {
        Header {
            length: 0,
            kind,
            branch: 0,
            label: LabelId(0),
            route,
            sequence: self.next_send,
            ack,
            context: 0,
            seat,
        }
    }
}

fn assemble(header: &Header, payload: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(crate::frame::HEADER + payload.len());
    bytes.extend_from_slice(&header.write());
    bytes.extend_from_slice(payload);
    bytes
}
