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

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use super::{
    network::NetworkEffects,
    storage::{StorageEffects, StorageError},
};
use crate::{
    identity::AuthorityId,
    transport::{Connection, TransportError},
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

/// An effect that is tried again where that can help.
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

impl<E: StorageEffects> Retried<E> {
    fn again<T>(&self, call: impl Fn(&E) -> Result<T, StorageError>) -> Result<T, StorageError> {
        let mut attempts = 1;
        loop {
            match (call(&self.inner), self.pauses.after(attempts)) {
                // A disk may come back; a wrong key or name stays wrong.
                (Err(StorageError::Io(_)), Some(pause)) => pause_thread(pause),
                (outcome, _) => return outcome,
            }
            attempts += 1;
        }
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "edge: storage is called where a thread may block"
)]
fn pause_thread(pause: Duration) {
    std::thread::sleep(pause);
}

impl<E: NetworkEffects> NetworkEffects for Retried<E> {
    /// Dials again until somebody answers; not when somebody else does.
    async fn dial(&self, peer: AuthorityId) -> Result<Connection, TransportError> {
        let mut attempts = 1;
        loop {
            match (self.inner.dial(peer).await, self.pauses.after(attempts)) {
                (Err(TransportError::Io(_) | TransportError::Closed), Some(pause)) => {
                    tokio::time::sleep(pause).await;
                }
                (outcome, _) => return outcome,
            }
            attempts += 1;
        }
    }

    async fn accept(&self) -> Result<Connection, TransportError> {
        self.inner.accept().await
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

fn trace<T, F: std::fmt::Display>(effect: &'static str, began: Instant, outcome: &Result<T, F>) {
    let took = began.elapsed();
    match outcome {
        Ok(_) => tracing::trace!(target: "aura", effect, ?took, "done"),
        Err(error) => tracing::debug!(target: "aura", effect, ?took, %error, "failed"),
    }
}

impl<E: NetworkEffects> NetworkEffects for Traced<E> {
    async fn dial(&self, peer: AuthorityId) -> Result<Connection, TransportError> {
        let began = Instant::now();
        let outcome = self.inner.dial(peer).await;
        trace("network.dial", began, &outcome);
        outcome
    }

    async fn accept(&self) -> Result<Connection, TransportError> {
        let began = Instant::now();
        let outcome = self.inner.accept().await;
        trace("network.accept", began, &outcome);
        outcome
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

    fn add<T, F>(&self, began: Instant, outcome: &Result<T, F>) {
        let micros = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        self.0.calls.fetch_add(1, Ordering::Relaxed);
        self.0.micros.fetch_add(micros, Ordering::Relaxed);
        self.0
            .failures
            .fetch_add(u64::from(outcome.is_err()), Ordering::Relaxed);
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

impl<E: NetworkEffects> NetworkEffects for Counted<E> {
    async fn dial(&self, peer: AuthorityId) -> Result<Connection, TransportError> {
        let began = Instant::now();
        let outcome = self.inner.dial(peer).await;
        self.counts.add(began, &outcome);
        outcome
    }

    async fn accept(&self) -> Result<Connection, TransportError> {
        let began = Instant::now();
        let outcome = self.inner.accept().await;
        self.counts.add(began, &outcome);
        outcome
    }
}

/// Storage through a layer: `around` runs the call.
macro_rules! storage {
    ($layer:ident, $around:expr) => {
        impl<E: StorageEffects> StorageEffects for $layer<E> {
            fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
                ($around)(self, "storage.get", &|inner: &E| inner.get(name))
            }

            fn put(&self, name: &str, value: &[u8]) -> Result<(), StorageError> {
                ($around)(self, "storage.put", &|inner: &E| inner.put(name, value))
            }

            fn remove(&self, name: &str) -> Result<bool, StorageError> {
                ($around)(self, "storage.remove", &|inner: &E| inner.remove(name))
            }

            fn names(&self) -> Result<Vec<String>, StorageError> {
                ($around)(self, "storage.names", &|inner: &E| inner.names())
            }
        }
    };
}

type Call<'a, E, T> = &'a dyn Fn(&E) -> Result<T, StorageError>;

fn retried<E: StorageEffects, T>(
    layer: &Retried<E>,
    _: &'static str,
    call: Call<'_, E, T>,
) -> Result<T, StorageError> {
    layer.again(call)
}

fn traced<E, T>(
    layer: &Traced<E>,
    effect: &'static str,
    call: Call<'_, E, T>,
) -> Result<T, StorageError> {
    let began = Instant::now();
    let outcome = call(&layer.inner);
    trace(effect, began, &outcome);
    outcome
}

fn counted<E, T>(
    layer: &Counted<E>,
    _: &'static str,
    call: Call<'_, E, T>,
) -> Result<T, StorageError> {
    let began = Instant::now();
    let outcome = call(&layer.inner);
    layer.counts.add(began, &outcome);
    outcome
}

storage!(Retried, retried);
storage!(Traced, traced);
storage!(Counted, counted);
