//! Where a session's frames go: a line to a peer, which its connections empty one after the other.
//!
//! A line holds no frames of sessions. It knows which sessions have some ready, and whoever writes
//! the connection takes them from their endpoints in turn, so that a slow peer costs one burst and a
//! long session does not hold up a short one. Frames that wait for the connection hold room on the
//! line, which a sender takes before the guard is asked.

use std::collections::VecDeque;

use crate::{
    endpoint::Permit,
    sync::{
        Arc, Mutex, MutexGuard, Notify, PoisonError, Semaphore, TryAcquireError,
        atomic::{AtomicBool, Ordering},
    },
};

/// A line to a peer.
#[derive(Debug)]
pub(crate) struct Line {
    work: Mutex<Work>,
    ready: Notify,
    room: Arc<Semaphore>,
    bytes: u32,
}

#[derive(Debug, Default)]
struct Work {
    /// Frames of handshakes, which come first.
    words: VecDeque<Vec<u8>>,
    /// Sessions with frames, by route.
    routes: VecDeque<u32>,
    /// After these nothing.
    last: bool,
}

/// What there is to write next.
pub(crate) enum Next {
    Word(Vec<u8>),
    Route(u32),
    Last,
}

impl Line {
    /// A line on which frames of so many bytes may wait.
    pub(crate) fn new(bytes: u32) -> Self {
        Self {
            work: Mutex::default(),
            ready: Notify::new(),
            room: Arc::new(Semaphore::new(bytes as usize)),
            bytes,
        }
    }

    /// Queues a frame of a handshake.
    pub(crate) fn say(&self, frame: Vec<u8>) {
        self.lock().words.push_back(frame);
        self.ready.notify_one();
    }

    /// Forgets what was to be written: the connection is gone, and so is whom it was said to.
    pub(crate) fn clear(&self) {
        *self.lock() = Work::default();
    }

    /// Waits until there is something to write.
    pub(crate) async fn next(&self) -> Next {
        loop {
            let ready = self.ready.notified();
            if let Some(next) = self.try_next() {
                return next;
            }
            ready.await;
        }
    }

    /// What there is to write now.
    pub(crate) fn try_next(&self) -> Option<Next> {
        let mut work = self.lock();
        let said = work.words.pop_front().map(Next::Word);
        said.or_else(|| work.routes.pop_front().map(Next::Route))
            .or_else(|| work.last.then_some(Next::Last))
    }

    /// Nothing will be written beyond what is ready.
    pub(crate) fn finish(&self) {
        self.lock().last = true;
        self.ready.notify_one();
    }

    /// Room for a frame of `length` bytes; `None` once the peer is gone for good.
    async fn permit(&self, length: usize) -> Option<Permit> {
        let room = Arc::clone(&self.room).acquire_many_owned(self.bytes(length));
        room.await.ok().map(Permit::from)
    }

    /// The same, if there is room now.
    fn try_permit(&self, length: usize) -> Result<Permit, TryAcquireError> {
        let room = Arc::clone(&self.room).try_acquire_many_owned(self.bytes(length));
        room.map(Permit::from)
    }

    /// What a frame of `length` bytes takes of the line: no more than there is, and never nothing.
    fn bytes(&self, length: usize) -> u32 {
        u32::try_from(length).map_or(self.bytes, |length| length.clamp(1, self.bytes))
    }

    /// The peer is gone for good: whoever waits for room is told.
    pub(crate) fn close(&self) {
        self.room.close();
        self.clear();
    }

    /// Bytes that wait on the line.
    pub(crate) fn waiting(&self) -> usize {
        (self.bytes as usize).saturating_sub(self.room.available_permits())
    }

    /// Every change is a single insertion or removal, so what is locked stays usable after a panic.
    fn lock(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One session's place on a line.
#[derive(Debug)]
pub(crate) struct Outlet {
    line: Arc<Line>,
    route: u32,
    /// Whether the line knows that there are frames.
    rung: AtomicBool,
}

impl Outlet {
    pub(crate) fn new(line: Arc<Line>, route: u32) -> Self {
        Self {
            line,
            route,
            rung: AtomicBool::new(false),
        }
    }

    /// There are frames.
    pub(crate) fn ring(&self) {
        if !self.rung.swap(true, Ordering::AcqRel) {
            self.line.lock().routes.push_back(self.route);
            self.line.ready.notify_one();
        }
    }

    /// Whoever writes has come; what is ready after this rings again.
    pub(crate) fn answer(&self) {
        self.rung.store(false, Ordering::Release);
    }

    /// Room for a frame of `length` bytes, if there is some now.
    pub(crate) fn try_permit(&self, length: usize) -> Result<Permit, TryAcquireError> {
        self.line.try_permit(length)
    }

    /// Room for a frame of `length` bytes.
    pub(crate) async fn permit(&self, length: usize) -> Option<Permit> {
        self.line.permit(length).await
    }
}
