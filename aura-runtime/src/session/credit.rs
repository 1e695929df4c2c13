//! Back-pressure between two parties in one process: a permit is taken before the guard is asked.
//!
//! One sender, one receiver. The receiver gives a permit back for each message that it takes, so at
//! most `window` messages wait in a channel that has no bound of its own. A receiver that is through
//! needs no permits: what comes late is charged, and nobody has to take it.

use std::{
    sync::atomic::{AtomicU8, AtomicU32, Ordering},
    task::{Context, Poll},
};

use futures::task::AtomicWaker;

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
    free: AtomicU32,
    far: AtomicU8,
    waiting: AtomicWaker,
}

impl Credit {
    pub(crate) fn new(window: u32) -> Self {
        Self {
            free: AtomicU32::new(window),
            far: AtomicU8::new(Far::Here as u8),
            waiting: AtomicWaker::new(),
        }
    }

    /// Takes a permit, if one is free or none is needed; `false` once the receiver is gone.
    pub(crate) fn poll_take(&self, context: &mut Context<'_>) -> Poll<bool> {
        if let Some(taken) = self.try_take() {
            return Poll::Ready(taken);
        }
        self.waiting.register(context.waker());
        // What was given back or closed before the waker was registered has not woken it.
        self.try_take().map_or(Poll::Pending, Poll::Ready)
    }

    /// The receiver will take no more.
    pub(crate) fn close(&self, far: Far) {
        self.far.store(far as u8, Ordering::Release);
        self.waiting.wake();
    }

    pub(crate) fn far(&self) -> Far {
        match self.far.load(Ordering::Acquire) {
            0 => Far::Here,
            1 => Far::Through,
            _ => Far::Gone,
        }
    }

    /// Gives a permit back.
    pub(crate) fn give(&self) {
        self.free.fetch_add(1, Ordering::Release);
        self.waiting.wake();
    }

    /// Only the sender takes, so between the load and the subtraction the number can only grow.
    fn try_take(&self) -> Option<bool> {
        match self.far() {
            Far::Through => return Some(true),
            Far::Gone => return Some(false),
            Far::Here => {}
        }
        if self.free.load(Ordering::Acquire) == 0 {
            return None;
        }
        self.free.fetch_sub(1, Ordering::Acquire);
        Some(true)
    }
}
