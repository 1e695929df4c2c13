//! Two clocks: one that only moves forward, for durations, and the wall's, for what peers compare.
//!
//! The wall clock of a machine can be set, so what is read from it is bounded: a jump against the
//! monotonic clock beyond the skew allowed is an error, not a time.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: the system's clocks are read here"
)]

use std::{
    future::Future,
    pin::Pin,
    sync::{Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use tokio::time::Instant;

/// Clocks.
pub trait TimeEffects: Send + Sync {
    /// Time since some moment of this process. It never goes back.
    fn now(&self) -> Duration;

    /// Time since 1970, as peers would agree on it.
    fn wall(&self) -> Result<Duration, TimeError>;

    /// Waits for so long on the clock of [`Self::now`].
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>>;
}

/// Why there is no time of day.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, thiserror::Error,
)]
pub enum TimeError {
    /// The wall clock stands before 1970.
    #[error("the wall clock stands before 1970")]
    Before1970,
    /// The wall clock was set while the process ran.
    #[error("the wall clock has moved by {moved:?} against the monotonic one, beyond {bound:?}")]
    Skewed {
        /// By how much.
        moved: Duration,
        /// How much is allowed.
        bound: Duration,
    },
}

/// The system's clocks; the wall clock may drift from the monotonic one by a bound.
///
/// ```
/// use std::time::Duration;
/// use aura_runtime::effects::time::{SystemTimes, TimeEffects};
/// let times = SystemTimes::new(Duration::from_secs(5));
/// assert!(times.wall()? > Duration::from_secs(1_600_000_000));
/// assert!(times.now() <= times.now());
/// # Ok::<(), aura_runtime::effects::time::TimeError>(())
/// ```
#[derive(Debug)]
pub struct SystemTimes {
    began: Instant,
    /// The wall clock when the process began, and how far it may be from there.
    anchor: SystemTime,
    bound: Duration,
}

impl SystemTimes {
    /// The system's clocks, with this much drift between them.
    pub fn new(bound: Duration) -> Self {
        Self {
            began: Instant::now(),
            anchor: SystemTime::now(),
            bound,
        }
    }
}

impl Default for SystemTimes {
    /// Clocks that may drift by ten seconds, which no machine that keeps its time reaches.
    fn default() -> Self {
        Self::new(Duration::from_secs(10))
    }
}

impl TimeEffects for SystemTimes {
    fn now(&self) -> Duration {
        self.began.elapsed()
    }

    fn wall(&self) -> Result<Duration, TimeError> {
        bounded(
            self.anchor,
            self.began.elapsed(),
            SystemTime::now(),
            self.bound,
        )
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(tokio::time::sleep(duration))
    }
}

/// The wall clock, if it has moved as far since `anchor` as the monotonic clock has, give or take.
fn bounded(
    anchor: SystemTime,
    elapsed: Duration,
    wall: SystemTime,
    bound: Duration,
) -> Result<Duration, TimeError> {
    let expected = anchor + elapsed;
    let moved = wall
        .duration_since(expected)
        .unwrap_or_else(|behind| behind.duration());
    if moved > bound {
        return Err(TimeError::Skewed { moved, bound });
    }
    wall.duration_since(UNIX_EPOCH)
        .map_err(|_| TimeError::Before1970)
}

/// Clocks that stand still until they are told to move, for tests.
///
/// ```
/// use std::time::Duration;
/// use aura_runtime::effects::time::{ManualTimes, TimeEffects};
/// let times = ManualTimes::starting_at(Duration::from_secs(100));
/// times.advance(Duration::from_secs(1));
/// assert_eq!((times.now(), times.wall()), (Duration::from_secs(1), Ok(Duration::from_secs(101))));
/// ```
#[derive(Debug)]
pub struct ManualTimes {
    start: Duration,
    moved: tokio::sync::watch::Sender<Duration>,
    skew: Mutex<Option<TimeError>>,
}

impl ManualTimes {
    /// Clocks whose wall shows `start`.
    pub fn starting_at(start: Duration) -> Self {
        Self {
            start,
            moved: tokio::sync::watch::Sender::new(Duration::ZERO),
            skew: Mutex::new(None),
        }
    }

    /// Moves both clocks, and wakes whoever has slept long enough.
    pub fn advance(&self, by: Duration) {
        self.moved.send_modify(|moved| *moved += by);
    }

    /// Makes the wall clock fail, or work again.
    pub fn fail_with(&self, error: Option<TimeError>) {
        *self.skew.lock().unwrap_or_else(PoisonError::into_inner) = error;
    }
}

impl TimeEffects for ManualTimes {
    fn now(&self) -> Duration {
        *self.moved.borrow()
    }

    fn wall(&self) -> Result<Duration, TimeError> {
        let failed = *self.skew.lock().unwrap_or_else(PoisonError::into_inner);
        failed.map_or_else(|| Ok(self.start + self.now()), Err)
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let until = self.now() + duration;
        Box::pin(async move {
            let mut moved = self.moved.subscribe();
            // The sender is in `self`, so that waiting cannot fail.
            let _ = moved.wait_for(|now| *now >= until).await;
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wall_clock_that_was_set_is_no_time() {
        let anchor = UNIX_EPOCH + Duration::from_secs(1_000);
        let hour = Duration::from_hours(1);
        let bound = Duration::from_secs(5);
        let read = |wall| bounded(anchor, hour, wall, bound);
        assert_eq!(read(anchor + hour), Ok(Duration::from_secs(4_600)));
        assert_eq!(read(anchor + hour + bound), Ok(Duration::from_secs(4_605)));
        for set in [anchor, anchor + hour * 2] {
            assert_eq!(read(set), Err(TimeError::Skewed { moved: hour, bound }));
        }
    }

    #[tokio::test]
    async fn a_sleeper_wakes_when_the_clock_was_moved_far_enough() {
        let times = ManualTimes::starting_at(Duration::ZERO);
        let mut sleep = times.sleep(Duration::from_secs(2));
        times.advance(Duration::from_secs(1));
        assert!(futures::poll!(&mut sleep).is_pending());
        times.advance(Duration::from_secs(1));
        assert!(futures::poll!(&mut sleep).is_ready());
    }
}
