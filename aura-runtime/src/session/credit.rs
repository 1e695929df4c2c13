//! Back-pressure between two parties in one process: a permit is taken before the guard is asked.
//!
//! One sender, one receiver. The receiver gives permits back for the messages that it takes, so at
//! most `window` messages wait in a channel that has no bound of its own. A receiver that is through
//! needs no permits: what comes late is charged, and nobody has to take it. Neither side writes what
//! the other one writes, so taking and giving back are plain loads and stores.

use std::task::{Context, Poll};

use crate::sync::{
    AtomicWaker,
    atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering},
};

/// What became of the receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Far {
    /// It is there.
    Here,
    /// Its run is over.
    Through,
    /// It has left in the middle.
    Gone,
}

#[derive(Debug)]
pub(crate) struct Credit {
    window: u32,
    /// Permits that the sender has taken. It alone writes this, and `hungry`.
    taken: AtomicU32,
    /// Whether it waits for one.
    hungry: AtomicBool,
    /// Messages that the receiver has taken. It alone writes this, and `given`.
    received: AtomicU32,
    /// Those of them whose permits the sender may use again.
    given: AtomicU32,
    far: AtomicU8,
    waiting: AtomicWaker,
}

impl Credit {
    pub(crate) fn new(window: u32) -> Self {
        Self {
            window,
            taken: AtomicU32::new(0),
            hungry: AtomicBool::new(false),
            received: AtomicU32::new(0),
            given: AtomicU32::new(0),
            far: AtomicU8::new(Far::Here as u8),
            waiting: AtomicWaker::new(),
        }
    }

    /// Takes a permit, if one is free or none is needed; `false` once the receiver is gone.
    pub(crate) fn poll_take(&self, context: &mut Context<'_>) -> Poll<bool> {
        if let Some(taken) = self.try_take() {
            if self.hungry.load(Ordering::Relaxed) {
                self.hungry.store(false, Ordering::Relaxed);
            }
            return Poll::Ready(taken);
        }
        self.hungry.store(true, Ordering::Relaxed);
        self.waiting.register(context.waker());
        // What was given back or closed before the waker was registered has not woken it.
        let taken = self.try_take();
        if taken.is_some() {
            self.hungry.store(false, Ordering::Relaxed);
        }
        taken.map_or(Poll::Pending, Poll::Ready)
    }

    /// The receiver will take no more.
    pub(crate) fn close(&self, far: Far) {
        self.far.store(far as u8, Ordering::Release);
        self.waiting.wake();
    }

    #[inline]
    pub(crate) fn far(&self) -> Far {
        match self.far.load(Ordering::Acquire) {
            0 => Far::Here,
            1 => Far::Through,
            _ => Far::Gone,
        }
    }

    /// How many permits the sender has taken.
    #[cfg(test)]
    pub(crate) fn taken(&self) -> u32 {
        self.taken.load(Ordering::Relaxed)
    }

    /// For the sender: gives the last permit back, unused.
    pub(crate) fn give(&self) {
        let taken = self.taken.load(Ordering::Relaxed);
        self.taken.store(taken.wrapping_sub(1), Ordering::Relaxed);
    }

    /// For the receiver: it has taken a message, so that another may be on its way.
    ///
    /// Permits go back by halves of the window, or at once to a sender that is seen to wait. That
    /// one is seen late does not matter: a sender that waits has a whole window before the receiver,
    /// which therefore comes to a half.
    #[inline]
    pub(crate) fn give_back(&self) {
        let received = self.received.load(Ordering::Relaxed).wrapping_add(1);
        self.received.store(received, Ordering::Relaxed);
        let kept = received.wrapping_sub(self.given.load(Ordering::Relaxed));
        if kept >= self.window.div_ceil(2) || self.hungry.load(Ordering::Relaxed) {
            self.given.store(received, Ordering::Release);
            self.waiting.wake();
        }
    }

    #[inline]
    pub(crate) fn try_take(&self) -> Option<bool> {
        match self.far() {
            Far::Through => return Some(true),
            Far::Gone => return Some(false),
            Far::Here => {}
        }
        let taken = self.taken.load(Ordering::Relaxed);
        let open = taken.wrapping_sub(self.given.load(Ordering::Acquire));
        if open >= self.window {
            return None;
        }
        self.taken.store(taken.wrapping_add(1), Ordering::Relaxed);
        Some(true)
    }
}
