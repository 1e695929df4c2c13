//! An endpoint that is shared: by the typed session, the ledger's task, and the connections.
//!
//! Each of them takes the lock for one sans-IO call, then rings for the lines that the call made
//! ready. Left out on purpose: reading and writing sockets, which the connections do.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: the endpoint's time is read here"
)]

mod outgoing;
#[cfg(test)]
mod tests;

use std::{
    borrow::Cow,
    collections::VecDeque,
    sync::{
        Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::Duration,
};

use tokio::time::Instant;

pub(super) use self::outgoing::Queued;
use super::{
    Choreography, SessionError, line::Outlet, receipts, riding, seal::Content, seat::Look,
    wakers::Wakers,
};
use crate::{
    endpoint::{Endpoint, FrameError},
    fact::Fact,
    frame::{FrameFault, Header, Resume},
    identity::SeatId,
    machine::{LabelId, MessageRow},
    receipt::{Chain, Flaw, ReceiptError},
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

impl Inside {
    /// Whoever polls is woken by what happens next, and at once if a frame was refused meanwhile:
    /// the session is told of it at its next look.
    fn wait(&mut self, context: &Context<'_>) {
        self.waiting.add(context);
        if !self.reports.is_empty() {
            context.waker().wake_by_ref();
        }
    }
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

    /// Whether a peer has left in the middle of its run.
    pub(super) fn is_gone(&self, peer: SeatId) -> bool {
        self.lock().endpoint.is_gone(peer)
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

    /// Takes the next frame of a queue at once, if it is a message that `fits` knows and decodes; or
    /// says that there is none yet. Everything else takes the whole look.
    pub(super) fn poll_next<P: Choreography, T>(
        &self,
        from: Source,
        context: &Context<'_>,
        fits: impl FnOnce(LabelId) -> Option<T>,
    ) -> Option<Poll<(T, P::Message)>> {
        let mut inside = self.lock();
        if !inside.reports.is_empty() {
            return None;
        }
        let Some((word, bytes)) = inside.endpoint.head(from) else {
            if inside.endpoint.is_lost(from.seat) {
                return None;
            }
            inside.wait(context);
            return Some(Poll::Pending);
        };
        let Word::Message(label) = word else {
            return None;
        };
        let fit = fits(label)?;
        let message = P::decode(label, bytes)?;
        inside.endpoint.handle_taken(from);
        self.ring(&inside.endpoint, from.seat);
        Some(Poll::Ready((fit, message)))
    }

    /// The facts that ride with the next frame of a queue; none if it is not one of `row`.
    pub(super) fn riding(&self, from: Source, row: &MessageRow) -> Option<Vec<Fact>> {
        let inside = self.lock();
        let (_, bytes) = inside.endpoint.head(from)?;
        riding(row, bytes).map(|(facts, _)| facts)
    }

    /// The chain of receipts in front of the next frame of a queue.
    pub(super) fn receipt(&self, from: Source, row: &MessageRow) -> Result<Chain, ReceiptError> {
        let inside = self.lock();
        let found = inside.endpoint.head(from);
        let found = found.and_then(|(_, bytes)| receipts::split(row, bytes));
        let (chain, _) = found.ok_or(Flaw::Encoding.at(0))?;
        Chain::from_bytes(chain)
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
                Content::Message(P::decode(label, payload)?)
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
