//! Whoever waits for the same thing: most often one task, sometimes a few.

use std::{
    mem,
    task::{Context, Waker},
};

/// Those who wait, each once. Nothing is allocated for the first.
#[derive(Debug, Default)]
pub(super) struct Wakers {
    first: Option<Waker>,
    others: Vec<Waker>,
}

impl Wakers {
    /// Adds whoever polls, unless it waits already.
    pub(super) fn add(&mut self, context: &Context<'_>) {
        let waker = context.waker();
        match &self.first {
            None => self.first = Some(waker.clone()),
            Some(first) if first.will_wake(waker) => {}
            Some(_) => {
                if !self.others.iter().any(|known| known.will_wake(waker)) {
                    self.others.push(waker.clone());
                }
            }
        }
    }

    /// All of them, to be woken where no lock is held.
    #[must_use]
    pub(super) fn take(&mut self) -> Self {
        mem::take(self)
    }

    pub(super) fn wake(self) {
        self.first
            .into_iter()
            .chain(self.others)
            .for_each(Waker::wake);
    }
}
