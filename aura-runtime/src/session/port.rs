//! An endpoint that is shared: by the typed session, the ledger's task, and the connections.
//!
//! Each of them takes the lock for one sans-IO call, then rings for the lines that the call made
//! ready. Left out on purpose: reading and writing sockets, which the connections do.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: the endpoint's time is read here"
)]

use std::{
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

use super::{SessionError, line::Outlet};
use crate::{
    endpoint::{Delivery, Endpoint, FrameError, QueueError, Slot},
    frame::Resume,
    identity::SeatId,
    ledger::Committed,
    machine::{LabelId, MessageId, StateId},
    store::StoreError,
};

#[derive(Debug)]
pub(crate) struct Port {
    endpoint: Mutex<Endpoint>,
    lines: Vec<Option<Outlet>>,
    arrived: Notify,
    room: Notify,
    began: Instant,
    /// When something last happened, in milliseconds from the beginning.
    touched: AtomicU64,
    /// The typed session is gone.
    closed: AtomicBool,
    /// Nothing had happened for too long.
    expired: AtomicBool,
}

impl Port {
    /// `lines` has a line for each seat that is elsewhere.
    pub(crate) fn new(endpoint: Endpoint, lines: Vec<Option<Outlet>>) -> Self {
        Self {
            endpoint: Mutex::new(endpoint),
            lines,
            arrived: Notify::new(),
            room: Notify::new(),
            began: Instant::now(),
            touched: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            expired: AtomicBool::new(false),
        }
    }

    /// Takes in a frame from the connection of `from`.
    pub(crate) fn receive(&self, from: SeatId, frame: &[u8]) -> Result<(), FrameError> {
        self.lock().handle_frame(self.touch(), from, frame)?;
        self.wake();
        Ok(())
    }

    /// The peer behind `from` is gone for good.
    pub(crate) fn lose(&self, from: SeatId) {
        self.lock().handle_lost(from);
        self.wake();
    }

    /// The connection of `from` is gone, and may come back.
    pub(crate) fn suspend(&self, from: SeatId) {
        self.lock().handle_suspended(from);
    }

    /// What a new connection has to tell the peer behind `to`.
    pub(crate) fn standing(&self, to: SeatId) -> Option<Resume> {
        self.lock().poll_resume(to)
    }

    /// The peer behind `from` is there again; `false` if what it says cannot be.
    pub(crate) fn resume(&self, from: SeatId, resume: &Resume) -> bool {
        let mut endpoint = self.lock();
        let fits = endpoint.handle_resumed(from, resume);
        if let Some(outlet) = self.outlet(from).filter(|_| fits) {
            // What rang before the connection broke was forgotten with it.
            outlet.answer();
            self.ring(&endpoint, from);
        }
        drop(endpoint);
        self.wake();
        fits
    }

    /// Moves frames for `to` into `burst` until it has `full` bytes; whether the two seats are
    /// through with each other.
    pub(crate) fn transmit(&self, to: SeatId, burst: &mut Vec<u8>, full: usize) -> bool {
        if let Some(outlet) = self.outlet(to) {
            outlet.answer();
        }
        let mut endpoint = self.lock();
        while burst.len() < full
            && let Some(frame) = endpoint.poll_transmit(to)
        {
            // A long frame is not copied again.
            if burst.is_empty() && frame.len() > burst.capacity() {
                *burst = frame;
            } else {
                burst.extend_from_slice(&frame);
            }
        }
        self.ring(&endpoint, to);
        endpoint.is_over(to)
    }

    /// Whether the two seats are through with each other.
    pub(crate) fn is_over(&self, peer: SeatId) -> bool {
        self.lock().is_over(peer)
    }

    /// Whether everything for `to` is on its way, the farewell included.
    pub(crate) fn is_drained(&self, to: SeatId) -> bool {
        self.lock().is_drained(to)
    }

    /// Whether the typed session is gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Ends the session if nothing has happened in it for `limit`.
    pub(crate) fn expire(&self, limit: Duration) -> bool {
        let touched = Duration::from_millis(self.touched.load(Ordering::Relaxed));
        if self.began.elapsed().saturating_sub(touched) < limit {
            return false;
        }
        self.expired.store(true, Ordering::Release);
        let mut endpoint = self.lock();
        endpoint.handle_close();
        for seat in self.seats() {
            endpoint.handle_lost(seat);
            self.ring(&endpoint, seat);
        }
        drop(endpoint);
        self.wake();
        true
    }

    /// Why a session whose peer will not answer any more cannot go on.
    pub(crate) fn lost(&self, role: &'static str) -> SessionError {
        if self.expired.load(Ordering::Acquire) {
            SessionError::Idle
        } else {
            SessionError::PeerLost { role }
        }
    }

    /// Queues a sealed frame, waiting for room first: the permit that comes before the guard.
    pub(crate) async fn queue(
        &self,
        message: MessageId,
        to: SeatId,
        payload: Vec<u8>,
    ) -> Result<Slot, QueueError> {
        self.touch();
        let mut permit = None;
        loop {
            // Registered before the look, so that room made in between is not missed.
            let room = self.room.notified();
            let ready = {
                let mut endpoint = self.lock();
                let ready = endpoint.has_room(to) || endpoint.is_lost(to);
                if ready && (permit.is_some() || self.outlet(to).is_none()) {
                    return endpoint.queue(self.now(), message, to, payload, permit);
                }
                ready
            };
            if let Some(outlet) = self.outlet(to).filter(|_| ready) {
                let taken = outlet.permit(payload.len()).await;
                permit = Some(taken.ok_or(QueueError::Gone)?);
            } else {
                room.await;
            }
        }
    }

    /// Settles a sealed frame with the ledger's word, and transmits what that sets free.
    pub(crate) fn settle(&self, slot: Slot, to: SeatId, outcome: Result<Committed, StoreError>) {
        let mut endpoint = self.lock();
        match outcome {
            Ok(proof) => endpoint.handle_committed(slot, proof),
            Err(_) => endpoint.handle_voided(slot),
        }
        self.ring(&endpoint, to);
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
                    self.touch();
                    self.ring(&endpoint, delivery.seat);
                    return Ok(delivery);
                }
                if endpoint.is_lost(from) {
                    return Err(self.lost(role));
                }
            }
            arrived.await;
        }
    }

    /// The typed session is gone: peers are told once what is queued is out.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        let mut endpoint = self.lock();
        endpoint.handle_close();
        for seat in self.seats() {
            self.ring(&endpoint, seat);
        }
    }

    fn ring(&self, endpoint: &Endpoint, to: SeatId) {
        if let Some(outlet) = self.outlet(to).filter(|_| endpoint.can_transmit(to)) {
            outlet.ring();
        }
    }

    fn outlet(&self, to: SeatId) -> Option<&Outlet> {
        self.lines.get(usize::from(to.0))?.as_ref()
    }

    fn seats(&self) -> impl Iterator<Item = SeatId> + use<> {
        (0..self.lines.len())
            .filter_map(|at| u16::try_from(at).ok())
            .map(SeatId)
    }

    fn wake(&self) {
        self.arrived.notify_one();
        self.room.notify_one();
    }

    /// Notes that something happens now.
    fn touch(&self) -> Duration {
        let now = self.now();
        let millis = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
        self.touched.store(millis, Ordering::Relaxed);
        now
    }

    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    /// The endpoint stays usable after a panic elsewhere: it changes only after all checks.
    fn lock(&self) -> MutexGuard<'_, Endpoint> {
        self.endpoint.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
