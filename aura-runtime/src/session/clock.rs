//! The clock that a session's timers run on.
//!
//! Every time in a session is a duration from the clock's own beginning, so that a test can move it.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: without another clock, sessions use the runtime's"
)]

use std::{fmt, future::Future, pin::Pin, sync::Arc, time::Duration};

use tokio::time::Instant;

/// A monotonic clock. (DECISIONS 15.)
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time since some beginning that does not move.
    fn now(&self) -> Duration;

    /// Ends when [`Self::now`] is at least `deadline`.
    fn sleep_until(&self, deadline: Duration) -> Sleep;
}

/// A wait that ends at a deadline.
pub type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

/// The clock of a session: tokio's, which tests can pause, unless another one was given.
#[derive(Clone, Debug)]
pub(super) enum Time {
    Tokio(Instant),
    Given(Arc<dyn Clock>),
}

impl Time {
    pub(super) fn new() -> Self {
        Self::Tokio(Instant::now())
    }

    pub(super) fn now(&self) -> Duration {
        match self {
            Self::Tokio(began) => began.elapsed(),
            Self::Given(clock) => clock.now(),
        }
    }

    pub(super) fn sleep_until(&self, deadline: Duration) -> Sleep {
        match self {
            Self::Tokio(began) => {
                // A deadline beyond what the clock can say is as good as none.
                let at = began.checked_add(deadline);
                Box::pin(async move {
                    match at {
                        Some(at) => tokio::time::sleep_until(at).await,
                        None => std::future::pending().await,
                    }
                })
            }
            Self::Given(clock) => clock.sleep_until(deadline),
        }
    }
}
