//! Back-pressure between two parties in one process: a permit is taken before the guard is asked.
//!
//! One sender, one receiver. The receiver gives a permit back for each message that it takes, so at
//! most `window` messages wait in a channel that has no bound of its own.

use std::{
    future::poll_fn,
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    task::Poll,
};

use futures::task::AtomicWaker;

#[derive(Debug)]
pub(crate) struct Credit {
    free: AtomicU32,
    closed: AtomicBool,
    waiting: AtomicWaker,
}

impl Credit {
    pub(crate) fn new(window: u32) -> Self {
        Self {
            free: AtomicU32::new(window),
            closed: AtomicBool::new(false),
            waiting: AtomicWaker::new(),
        }
    }

    /// Takes a permit, waiting for one if none is free; `false` once the receiver is gone.
    pub(crate) async fn take(&self) -> bool {
        poll_fn(|context| {
            if self.try_take() {
                return Poll::Ready(true);
            }
            self.waiting.register(context.waker());
            // What was given back or closed before the waker was registered has not woken it.
            if self.try_take() {
                Poll::Ready(true)
            } else if self.closed.load(Ordering::Acquire) {
                Poll::Ready(false)
            } else {
                Poll::Pending
            }
        })
        .await
    }

    /// The receiver is gone: whoever waits for a permit will not get one.
    pub(crate) fn close(&self) {
        self.closed.store(true, Ordering::Release);
        self.waiting.wake();
    }

    /// Gives a permit back.
    pub(crate) fn give(&self) {
        self.free.fetch_add(1, Ordering::Release);
        self.waiting.wake();
    }

    /// Only the sender takes, so between the load and the subtraction the number can only grow.
    fn try_take(&self) -> bool {
        if self.free.load(Ordering::Acquire) == 0 {
            return false;
        }
        self.free.fetch_sub(1, Ordering::Acquire);
        true
    }
}
