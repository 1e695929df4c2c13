//! The ledger's word on one write, for whoever waits for it.
//!
//! It comes once, from the ledger's own task, or from a ledger that goes: then nothing was written.

use std::{
    future::poll_fn,
    mem,
    task::{Context, Poll, Waker},
};

use crate::{
    store::StoreError,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

type Outcome = Result<(), StoreError>;

/// The outcome of a write, for as many as wait for it.
#[derive(Clone, Debug)]
pub(crate) struct Verdict(Arc<Mutex<Court>>);

#[derive(Debug)]
struct Court {
    outcome: Option<Outcome>,
    waiting: Vec<Waker>,
}

/// The ledger's end of a [`Verdict`].
pub(crate) struct Judge(Verdict);

impl Verdict {
    pub(crate) fn pending() -> (Judge, Self) {
        let verdict = Self(Arc::new(Mutex::new(Court {
            outcome: None,
            waiting: Vec::new(),
        })));
        (Judge(verdict.clone()), verdict)
    }

    /// The ledger's word, if it has come.
    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Poll<Outcome> {
        let mut court = self.lock();
        if let Some(outcome) = &court.outcome {
            return Poll::Ready(outcome.clone());
        }
        let waker = context.waker();
        if !court.waiting.iter().any(|known| known.will_wake(waker)) {
            court.waiting.push(waker.clone());
        }
        Poll::Pending
    }

    /// Waits for the ledger.
    pub(crate) async fn wait(&self) -> Outcome {
        poll_fn(|context| self.poll(context)).await
    }

    fn tell(&self, outcome: Outcome) {
        let mut court = self.lock();
        if court.outcome.is_some() {
            return;
        }
        court.outcome = Some(outcome);
        let waiting = mem::take(&mut court.waiting);
        drop(court);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// A verdict is a single assignment, so a panic elsewhere leaves it whole.
    fn lock(&self) -> MutexGuard<'_, Court> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Judge {
    /// Tells whoever waits.
    pub(crate) fn announce(self, outcome: Outcome) {
        self.0.tell(outcome);
    }
}

impl Drop for Judge {
    /// A ledger that is gone has not committed.
    fn drop(&mut self) {
        self.0.tell(Err(StoreError::Closed));
    }
}
