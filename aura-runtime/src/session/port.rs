//! An endpoint that is shared: by the typed session, the ledger's task, and the connections.
//!
//! Each of them takes the lock for one sans-IO call, then rings for the lines that the call made
//! ready. Left out on purpose: reading and writing sockets, which the connections do.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: the endpoint's time is read here"
)]

use std::{
    borrow::Cow,
    collections::VecDeque,
    future::poll_fn,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::{sync::TryAcquireError, time::Instant};

use super::{
    Choreography, SessionError, line::Outlet, riding, seal::Content, seat::Look, wakers::Wakers,
};
use crate::{
    endpoint::{Endpoint, FrameError, QueueError, Slot},
    fact::Fact,
    frame::{FrameFault, Header, Resume},
    identity::SeatId,
    ledger::Committed,
    machine::{MessageId, MessageRow},
    store::StoreError,
    walk::{Source, Word},
};

/// Frames that were refused and not told yet, at most.
const REPORTS: usize = 16;

#[derive(Debug)]
pub(crate) struct Port {
    inside: Mutex<Inside>,
    lines: Vec<Option<Outlet>>,
    began: Instant,
    /// The typed session is gone.
    closed: AtomicBool,
    /// Nothing had happened for too long.
    expired: AtomicBool,
    /// There are reports.
    faulty: AtomicBool,
}

/// What the lock is for.
#[derive(Debug)]
struct Inside {
    endpoint: Endpoint,
    /// The session, and each of its threads, where it waits for a frame or for room.
    waiting: Wakers,
    /// Frames that were refused: the session is told of each once.
    reports: VecDeque<FrameError>,
}

/// How far a frame has come on its way into the endpoint.
pub(super) enum Queued {
    /// In, or it never will be.
    Done(Result<Slot, QueueError>),
    /// There is no room for it now: its payload again.
    Full(Option<Vec<u8>>),
}

impl Port {
    /// `lines` has a line for each seat that is elsewhere.
    pub(crate) fn new(endpoint: Endpoint, lines: Vec<Option<Outlet>>) -> Self {
        Self {
            inside: Mutex::new(Inside {
                endpoint,
                waiting: Wakers::default(),
                reports: VecDeque::new(),
            }),
            lines,
            began: Instant::now(),
            closed: AtomicBool::new(false),
            expired: AtomicBool::new(false),
            faulty: AtomicBool::new(false),
        }
    }

    /// Takes in a frame from the connection of `from`. The session is told of one that does not fit,
    /// but for a repetition, which is nobody's fault.
    pub(crate) fn receive(
        &self,
        from: SeatId,
        header: Header,
        payload: Cow<'_, [u8]>,
    ) -> Result<(), FrameError> {
        let mut inside = self.lock();
        let outcome = inside.endpoint.handle_parts(from, header, payload);
        if let Err(error) = &outcome
            && !matches!(error.fault, FrameFault::Replayed { .. })
            && inside.reports.len() < REPORTS
        {
            inside.reports.push_back(error.clone());
            self.faulty.store(true, Ordering::Release);
        }
        wake(inside);
        outcome
    }

    /// The peer behind `from` is gone for good.
    pub(crate) fn lose(&self, from: SeatId) {
        let mut inside = self.lock();
        inside.endpoint.handle_lost(from);
        wake(inside);
    }

    /// The connection of `from` is gone, and may come back.
    pub(crate) fn suspend(&self, from: SeatId) {
        self.lock().endpoint.handle_suspended(from);
    }

    /// What a new connection has to tell the peer behind `to`.
    pub(crate) fn standing(&self, to: SeatId) -> Option<Resume> {
        self.lock().endpoint.poll_resume(to)
    }

    /// The peer behind `from` is there again; `false` if what it says cannot be.
    pub(crate) fn resume(&self, from: SeatId, resume: &Resume) -> bool {
        let mut inside = self.lock();
        let fits = inside.endpoint.handle_resumed(from, resume);
        if let Some(outlet) = self.outlet(from).filter(|_| fits) {
            // What rang before the connection broke was forgotten with it.
            outlet.answer();
            self.ring(&inside.endpoint, from);
        }
        wake(inside);
        fits
    }

    /// Moves frames for `to` into `burst` until it has `full` bytes; whether the two seats are
    /// through with each other.
    pub(crate) fn transmit(&self, to: SeatId, burst: &mut Vec<u8>, full: usize) -> bool {
        if let Some(outlet) = self.outlet(to) {
            outlet.answer();
        }
        let endpoint = &mut self.lock().endpoint;
        while burst.len() < full && endpoint.poll_transmit(to, burst) {}
        self.ring(endpoint, to);
        endpoint.is_over(to)
    }

    /// Whether the two seats are through with each other.
    pub(crate) fn is_over(&self, peer: SeatId) -> bool {
        self.lock().endpoint.is_over(peer)
    }

    /// Whether everything for `to` is on its way, the farewell included.
    pub(crate) fn is_drained(&self, to: SeatId) -> bool {
        self.lock().endpoint.is_drained(to)
    }

    /// Whether the typed session is gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    /// Ends the session if nothing has happened in it for `limit`.
    pub(crate) fn expire(&self, limit: Duration) -> bool {
        let now = self.began.elapsed();
        let mut inside = self.lock();
        if !inside.endpoint.handle_tick(now, limit) {
            return false;
        }
        self.expired.store(true, Ordering::Release);
        for seat in self.seats() {
            self.ring(&inside.endpoint, seat);
        }
        wake(inside);
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

    /// A frame that was refused, once.
    pub(super) fn reported(&self) -> Option<FrameError> {
        if !self.faulty.load(Ordering::Acquire) {
            return None;
        }
        let mut inside = self.lock();
        let report = inside.reports.pop_front();
        self.faulty
            .store(!inside.reports.is_empty(), Ordering::Release);
        report
    }

    /// Queues a sealed frame if there is room for it now: the permit that comes before the guard.
    pub(super) fn try_queue(
        &self,
        message: MessageId,
        to: Source,
        payload: Option<Vec<u8>>,
    ) -> Queued {
        let endpoint = &mut self.lock().endpoint;
        let is_lost = endpoint.is_lost(to.seat);
        if !is_lost && !endpoint.has_room(to.seat) {
            return Queued::Full(payload);
        }
        let permit = match self.outlet(to.seat) {
            Some(outlet) if !is_lost => {
                match outlet.try_permit(payload.as_ref().map_or(0, Vec::len)) {
                    Ok(permit) => Some(permit),
                    Err(TryAcquireError::NoPermits) => return Queued::Full(payload),
                    Err(TryAcquireError::Closed) => return Queued::Done(Err(QueueError::Gone)),
                }
            }
            _ => None,
        };
        Queued::Done(endpoint.queue(message, to, payload, permit))
    }

    /// The same, waiting for room: on the channel and on the line.
    pub(super) async fn queue(
        &self,
        message: MessageId,
        to: Source,
        payload: Option<Vec<u8>>,
    ) -> Result<Slot, QueueError> {
        let mut payload = match self.try_queue(message, to, payload) {
            Queued::Done(outcome) => return outcome,
            Queued::Full(payload) => payload,
        };
        // A frame that waits for the channel must not take room on the line meanwhile.
        poll_fn(|context| self.poll_room(to.seat, context).map(drop)).await;
        let mut permit = match self.outlet(to.seat) {
            Some(outlet) if !self.lock().endpoint.is_lost(to.seat) => {
                let taken = outlet.permit(payload.as_ref().map_or(0, Vec::len)).await;
                Some(taken.ok_or(QueueError::Gone)?)
            }
            _ => None,
        };
        // Others may have filled the channel while this one waited for the line.
        poll_fn(|context| {
            self.poll_room(to.seat, context).map(|mut inside| {
                let endpoint = &mut inside.endpoint;
                endpoint.queue(message, to, payload.take(), permit.take())
            })
        })
        .await
    }

    /// The endpoint, once a frame may be queued or it is known that none can.
    fn poll_room(&self, to: SeatId, context: &Context<'_>) -> Poll<MutexGuard<'_, Inside>> {
        let mut inside = self.lock();
        if inside.endpoint.has_room(to) || inside.endpoint.is_lost(to) {
            return Poll::Ready(inside);
        }
        inside.waiting.add(context);
        Poll::Pending
    }

    /// Settles a sealed frame with the ledger's word, and transmits what that sets free.
    pub(super) fn settle(&self, slot: Slot, outcome: Result<Committed, StoreError>) {
        let mut inside = self.lock();
        let to = match outcome {
            Ok(proof) => inside.endpoint.handle_committed(slot, proof),
            Err(_) => inside.endpoint.handle_voided(slot),
        };
        self.ring(&inside.endpoint, to);
    }

    /// Takes a sealed frame back that the guard refused.
    pub(super) fn void(&self, slot: Slot) {
        let mut inside = self.lock();
        let to = inside.endpoint.handle_voided(slot);
        self.ring(&inside.endpoint, to);
    }

    /// What the next frame of a queue says.
    pub(super) fn poll_look(&self, from: Source, context: &Context<'_>) -> Look {
        let mut inside = self.lock();
        if let Some((word, _)) = inside.endpoint.head(from) {
            return Look::Word(word);
        }
        if inside.endpoint.is_lost(from.seat) {
            return Look::Lost;
        }
        inside.waiting.add(context);
        Look::Silent
    }

    /// The facts that ride with the next frame of a queue; none if it is not one of `row`.
    pub(super) fn riding(&self, from: Source, row: &MessageRow) -> Option<Vec<Fact>> {
        let inside = self.lock();
        let (_, bytes) = inside.endpoint.head(from)?;
        riding(row, bytes).map(|(facts, _)| facts)
    }

    /// Takes the next frame of a queue, decoded; `None`, and it stays, if it is not one of `row`.
    pub(super) fn take<P: Choreography>(
        &self,
        from: Source,
        row: &MessageRow,
    ) -> Option<Content<P>> {
        let mut inside = self.lock();
        let (word, bytes) = inside.endpoint.head(from)?;
        let content = match word {
            Word::Abstention(label) => Content::Abstention(label),
            Word::Message(label) => {
                let (_, payload) = riding(row, bytes)?;
                Content::Message(P::decode(label, payload)?, Vec::new())
            }
        };
        inside.endpoint.handle_taken(from);
        self.ring(&inside.endpoint, from.seat);
        Some(content)
    }

    /// Drops the next frame of a queue.
    pub(super) fn discard(&self, from: Source) {
        let mut inside = self.lock();
        inside.endpoint.handle_taken(from);
        self.ring(&inside.endpoint, from.seat);
    }

    /// The typed session is gone: peers are told once what is queued is out, and whether its run was
    /// over.
    pub(crate) fn close(&self, through: bool) {
        self.closed.store(true, Ordering::Release);
        let mut inside = self.lock();
        inside.endpoint.handle_close(through);
        for seat in self.seats() {
            self.ring(&inside.endpoint, seat);
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

    /// The endpoint stays usable after a panic elsewhere: it changes only after all checks.
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes whoever waits, after the lock is free again.
fn wake(mut inside: MutexGuard<'_, Inside>) {
    let waiting = inside.waiting.take();
    drop(inside);
    waiting.wake();
}
