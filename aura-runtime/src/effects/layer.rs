//! Layers around effects: try again, trace, count. Each is an effect itself, so they compose.
//!
//! ```
//! use std::{sync::Arc, time::Duration};
//! use aura_runtime::effects::{
//!     layer::{Counted, Counts, Pauses, Retried, Traced},
//!     storage::{MemoryStorage, StorageEffects},
//! };
//! let disk = Arc::new(MemoryStorage::default());
//! let counts = Counts::default();
//! let pauses = Pauses { attempts: 3, first: Duration::ZERO, longest: Duration::ZERO };
//! let storage = Retried::new(Traced::new(Counted::new(disk.clone(), &counts)), pauses);
//! disk.fail_next(2);
//! storage.put("seed", b"1")?;
//! assert_eq!((counts.calls(), counts.failures()), (3, 2));
//! # Ok::<(), aura_runtime::effects::storage::StorageError>(())
//! ```

mod observed;
mod retried;

use std::{
    convert::Infallible,
    fmt::Display,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// How often to try, and how long to wait in between: each pause is twice the one before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pauses {
    /// How often, the first time included.
    pub attempts: u32,
    /// The first pause.
    pub first: Duration,
    /// The longest.
    pub longest: Duration,
}

impl Pauses {
    /// The pause after this many attempts; `None` after the last.
    fn after(&self, attempts: u32) -> Option<Duration> {
        let doubled = self.first.saturating_mul(1 << (attempts - 1).min(30));
        (attempts < self.attempts).then(|| doubled.min(self.longest))
    }
}

/// An effect that is tried again where that can help: a network that does not answer, a disk, a
/// journal or a source of random bytes that fails.
///
/// The others have no such layer. Cryptography cannot fail, a clock that was set stays wrong, and a
/// person is not asked twice.
#[derive(Debug)]
pub struct Retried<E> {
    inner: E,
    pauses: Pauses,
}

impl<E> Retried<E> {
    /// Tries `inner` again.
    pub fn new(inner: E, pauses: Pauses) -> Self {
        Self { inner, pauses }
    }
}

/// What a layer does once a call has come back.
trait Observe {
    fn observe<T, F: Display>(&self, call: &'static str, began: Instant, outcome: &Result<T, F>);

    /// For a call that cannot fail.
    fn observe_sure(&self, call: &'static str, began: Instant) {
        self.observe(call, began, &Ok::<_, Infallible>(()));
    }
}

/// An effect whose calls are traced: which, how long, and whether they failed, not with what.
#[derive(Debug)]
pub struct Traced<E> {
    inner: E,
}

impl<E> Traced<E> {
    /// Traces `inner`.
    pub fn new(inner: E) -> Self {
        Self { inner }
    }
}

impl<E> Observe for Traced<E> {
    fn observe<T, F: Display>(&self, effect: &'static str, began: Instant, outcome: &Result<T, F>) {
        let took = began.elapsed();
        match outcome {
            Ok(_) => tracing::trace!(target: "aura", effect, ?took, "done"),
            Err(error) => tracing::debug!(target: "aura", effect, ?took, %error, "failed"),
        }
    }
}

/// What was counted. Clones count together.
#[derive(Clone, Debug, Default)]
pub struct Counts(Arc<Numbers>);

#[derive(Debug, Default)]
struct Numbers {
    calls: AtomicU64,
    failures: AtomicU64,
    micros: AtomicU64,
}

impl Counts {
    /// Calls that have ended.
    pub fn calls(&self) -> u64 {
        self.0.calls.load(Ordering::Relaxed)
    }

    /// How many of them failed.
    pub fn failures(&self) -> u64 {
        self.0.failures.load(Ordering::Relaxed)
    }

    /// How long they took together.
    pub fn time(&self) -> Duration {
        Duration::from_micros(self.0.micros.load(Ordering::Relaxed))
    }
}

/// An effect whose calls are counted.
#[derive(Debug)]
pub struct Counted<E> {
    inner: E,
    counts: Counts,
}

impl<E> Counted<E> {
    /// Counts what is asked of `inner`.
    pub fn new(inner: E, counts: &Counts) -> Self {
        Self {
            inner,
            counts: counts.clone(),
        }
    }
}

impl<E> Observe for Counted<E> {
    fn observe<T, F: Display>(&self, _: &'static str, began: Instant, outcome: &Result<T, F>) {
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        let numbers = &self.counts.0;
        numbers.calls.fetch_add(1, Ordering::Relaxed);
        numbers.micros.fetch_add(micros, Ordering::Relaxed);
        numbers
            .failures
            .fetch_add(u64::from(outcome.is_err()), Ordering::Relaxed);
    }
}

macro_rules! observed {
    ($layer:ident) => {
        observed::network!($layer);
        observed::storage!($layer);
        observed::journal!($layer);
        observed::crypto!($layer);
        observed::random!($layer);
        observed::time!($layer);
        observed::console!($layer);
    };
}

observed!(Traced);
observed!(Counted);
