//! An endpoint that is shared: by the typed session, the ledger's task, and the connections.
//!
//! Each of them takes the lock for one sans-IO call, then rings for the lines that the call made
//! ready. Left out on purpose: reading and writing sockets, which the connections do.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: the endpoint's time is read here"
)]

use std::{
    collections::VecDeque,
    mem,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
    time::Duration,
};

use tokio::time::Instant;

use super::{Choreography, SessionError, line::Outlet, riding, seal::Content, seat::Look};
use crate::{
    endpoint::{Endpoint, FrameError, QueueError, Slot},
    fact::Fact,
    frame::{FrameFault, Resume},
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
    /// When something last happened, in milliseconds from the beginning.
    touched: AtomicU64,
    /// The typed session is gone.
    closed: AtomicBool,
    /// Nothing had happened for too long.
    expired: AtomicBool,
}

/// What the lock is for.
#[derive(Debug)]
struct Inside {
    endpoint: Endpoint,
    /// The session, and each of its threads, where it waits for a frame or for room.
    waiting: Vec<Waker>,
    /// Frames that were refused: the session is told of each once.
    reports: VecDeque<FrameError>,
}

impl Inside {
    fn wait(&mut self, context: &Context<'_>) {
        let waker = context.waker();
        if !self.waiting.iter().any(|known| known.will_wake(waker)) {
            self.waiting.push(waker.clone());
        }
    }
}

impl Port {
    /// `lines` has a line for each seat that is elsewhere.
    pub(crate) fn new(endpoint: Endpoint, lines: Vec<Option<Outlet>>) -> Self {
        Self {
            inside: Mutex::new(Inside {
                endpoint,
                waiting: Vec::new(),
                reports: VecDeque::new(),
            }),
            lines,
            began: Instant::now(),
            touched: AtomicU64::new(0),
            closed: AtomicBool::new(false),
            expired: AtomicBool::new(false),
        }
    }

    /// Takes in a frame from the connection of `from`. The session is told of one that does not fit,
    /// but for a repetition, which is nobody's fault.
    pub(crate) fn receive(&self, from: SeatId, frame: &[u8]) -> Result<(), FrameError> {
        let now = self.touch();
        let mut inside = self.lock();
        let outcome = inside.endpoint.handle_frame(now, from, frame);
        if let Err(error) = &outcome
            && !matches!(error.fault, FrameFault::Replayed { .. })
            && inside.reports.len() < REPORTS
        {
            inside.reports.push_back(error.clone());
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
        let touched = Duration::from_millis(self.touched.load(Ordering::Relaxed));
        if self.began.elapsed().saturating_sub(touched) < limit {
            return false;
        }
        self.expired.store(true, Ordering::Release);
        let mut inside = self.lock();
        inside.endpoint.handle_close(false);
        for seat in self.seats() {
            inside.endpoint.handle_lost(seat);
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
        self.lock().reports.pop_front()
    }

    /// Queues a sealed frame, waiting for room first: the permit that comes before the guard.
    pub(super) async fn queue(
        &self,
        message: MessageId,
        to: Source,
        payload: Option<Vec<u8>>,
    ) -> Result<Slot, QueueError> {
        self.touch();
        self.room(to.seat).await;
        let permit = match self.outlet(to.seat) {
            Some(outlet) if !self.lock().endpoint.is_lost(to.seat) => {
                let taken = outlet.permit(payload.as_ref().map_or(0, Vec::len)).await;
                // Others may have filled the window meanwhile.
                self.room(to.seat).await;
                Some(taken.ok_or(QueueError::Gone)?)
            }
            _ => None,
        };
        let now = self.now();
        self.lock()
            .endpoint
            .queue(now, message, to, payload, permit)
    }

    /// Waits until a frame may be queued, or it is known that none can.
    async fn room(&self, to: SeatId) {
        std::future::poll_fn(|context| {
            let mut inside = self.lock();
            if inside.endpoint.has_room(to) || inside.endpoint.is_lost(to) {
                return Poll::Ready(());
            }
            inside.wait(context);
            Poll::Pending
        })
        .await;
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
        inside.wait(context);
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
        self.touch();
        self.ring(&inside.endpoint, from.seat);
        Some(content)
    }

    /// Drops the next frame of a queue.
    pub(super) fn discard(&self, from: Source) {
        let mut inside = self.lock();
        inside.endpoint.handle_taken(from);
        self.touch();
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
    fn lock(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Wakes whoever waits, after the lock is free again.
fn wake(mut inside: MutexGuard<'_, Inside>) {
    let waiting = mem::take(&mut inside.waiting);
    drop(inside);
    waiting.into_iter().for_each(Waker::wake);
}
