//! An endpoint that is shared: by the typed session, the ledger's task, and the connections.
//!
//! Each of them takes the lock for one sans-IO call, then moves frames to the lines that the call
//! made ready. Left out on purpose: reading and writing sockets, which the connections do.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: the endpoint's time is read here"
)]

use std::{
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use tokio::sync::{Notify, mpsc};

use super::SessionError;
use crate::{
    endpoint::{Delivery, Endpoint, FrameError, QueueError, Slot},
    identity::SeatId,
    ledger::Committed,
    machine::{LabelId, MessageId, StateId},
    store::StoreError,
};

/// Where frames for a seat go.
pub(crate) type Line = mpsc::UnboundedSender<Vec<u8>>;

#[derive(Debug)]
pub(crate) struct Port {
    endpoint: Mutex<Endpoint>,
    lines: Vec<Option<Line>>,
    arrived: Notify,
    room: Notify,
    began: Instant,
}

impl Port {
    /// `lines` has a line for each seat that is elsewhere.
    pub(crate) fn new(endpoint: Endpoint, lines: Vec<Option<Line>>) -> Self {
        Self {
            endpoint: Mutex::new(endpoint),
            lines,
            arrived: Notify::new(),
            room: Notify::new(),
            began: Instant::now(),
        }
    }

    /// Takes in a frame from the connection of `from`.
    pub(crate) fn receive(&self, from: SeatId, frame: &[u8]) -> Result<(), FrameError> {
        self.lock().handle_frame(self.now(), from, frame)?;
        self.arrived.notify_one();
        self.room.notify_one();
        Ok(())
    }

    /// The connection of `from` is gone.
    pub(crate) fn lose(&self, from: SeatId) {
        self.lock().handle_lost(from);
        self.arrived.notify_one();
        self.room.notify_one();
    }

    /// Queues a sealed frame, waiting for room first: the permit that comes before the guard.
    pub(crate) async fn queue(
        &self,
        message: MessageId,
        to: SeatId,
        payload: Vec<u8>,
    ) -> Result<Slot, QueueError> {
        loop {
            // Registered before the look, so that room made in between is not missed.
            let room = self.room.notified();
            {
                let mut endpoint = self.lock();
                if endpoint.has_room(to) || endpoint.is_lost(to) {
                    return endpoint.handle_send(self.now(), message, to, payload);
                }
            }
            room.await;
        }
    }

    /// Settles a sealed frame with the ledger's word, and transmits what that sets free.
    pub(crate) fn settle(&self, slot: Slot, to: SeatId, outcome: Result<Committed, StoreError>) {
        let mut endpoint = self.lock();
        match outcome {
            Ok(proof) => endpoint.handle_committed(slot, proof),
            Err(_) => endpoint.handle_voided(slot),
        }
        self.flush(&mut endpoint, to);
    }

    /// Takes a sealed frame back that the guard refused.
    pub(crate) fn void(&self, slot: Slot) {
        self.lock().handle_voided(slot);
    }

    /// A step that needed no frame.
    pub(crate) fn step(&self, to: StateId) {
        self.lock().handle_step(to);
    }

    /// Waits for the message that the state expects from `from`.
    pub(crate) async fn deliver<T>(
        &self,
        from: SeatId,
        role: &'static str,
        decode: impl Fn(LabelId, &[u8]) -> Option<T>,
    ) -> Result<Delivery<T>, SessionError> {
        loop {
            let arrived = self.arrived.notified();
            {
                let mut endpoint = self.lock();
                if let Some(delivery) = endpoint.poll_delivery(&decode)? {
                    self.flush(&mut endpoint, delivery.seat);
                    return Ok(delivery);
                }
                if endpoint.is_lost(from) {
                    return Err(SessionError::PeerLost { role });
                }
            }
            arrived.await;
        }
    }

    /// The typed session is gone: peers are told once what is queued is out.
    pub(crate) fn close(&self) {
        let mut endpoint = self.lock();
        endpoint.handle_close();
        for seat in (0u16..).zip(&self.lines).map(|(seat, _)| SeatId(seat)) {
            self.flush(&mut endpoint, seat);
        }
    }

    fn flush(&self, endpoint: &mut Endpoint, to: SeatId) {
        let Some(Some(line)) = self.lines.get(usize::from(to.0)) else {
            return;
        };
        while let Some(frame) = endpoint.poll_transmit(to) {
            if line.send(frame).is_err() {
                endpoint.handle_lost(to);
                return;
            }
        }
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// The endpoint stays usable after a panic elsewhere: it changes only after all checks.
    fn lock(&self) -> MutexGuard<'_, Endpoint> {
        self.endpoint.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
