//! What is tried again, and after which errors.

use std::time::Duration;

use super::{Pauses, Retried};
use crate::{
    effects::{
        network::NetworkEffects,
        random::{RandomEffects, RandomError},
        storage::{StorageEffects, StorageError},
    },
    fact::{FactId, WrittenFact},
    identity::AuthorityId,
    store::{Holdings, Record, Store, StoreError},
    transport::{Connection, TransportError},
};

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

impl<E: StorageEffects> StorageEffects for Retried<E> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        again(self.pauses, disk_may_come_back, || self.inner.get(name))
    }

    fn put(&self, name: &str, value: &[u8]) -> Result<(), StorageError> {
        again(self.pauses, disk_may_come_back, || {
            self.inner.put(name, value)
        })
    }

    fn remove(&self, name: &str) -> Result<bool, StorageError> {
        again(self.pauses, disk_may_come_back, || self.inner.remove(name))
    }

    fn names(&self) -> Result<Vec<String>, StorageError> {
        again(self.pauses, disk_may_come_back, || self.inner.names())
    }
}

/// A batch is committed again because one that failed was not written, not even in part: that is the
/// contract of a [`Store`].
impl<E: Store> Store for Retried<E> {
    fn load(&mut self) -> Result<Holdings, StoreError> {
        again(self.pauses, journal_may_come_back, || self.inner.load())
    }

    fn commit(&mut self, batch: &[Record]) -> Result<(), StoreError> {
        again(self.pauses, journal_may_come_back, || {
            self.inner.commit(batch)
        })
    }

    fn facts(&mut self, each: &mut dyn FnMut(FactId, WrittenFact<'_>)) -> Result<(), StoreError> {
        let facts = again(self.pauses, journal_may_come_back, || {
            let mut facts = Vec::new();
            let read = self
                .inner
                .facts(&mut |id, fact| facts.push((id, fact.into_owned())));
            read.map(|()| facts)
        })?;
        for (id, fact) in facts {
            each(id, fact);
        }
        Ok(())
    }
}

impl<E: RandomEffects> RandomEffects for Retried<E> {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        again(self.pauses, |_| true, || self.inner.fill(bytes))
    }
}

/// A wrong key or name stays wrong.
fn disk_may_come_back(error: &StorageError) -> bool {
    matches!(error, StorageError::Io(_))
}

/// What is corrupt or closed stays so.
fn journal_may_come_back(error: &StoreError) -> bool {
    matches!(error, StoreError::Io(_))
}

fn again<T, F>(
    pauses: Pauses,
    may_help: fn(&F) -> bool,
    mut call: impl FnMut() -> Result<T, F>,
) -> Result<T, F> {
    let mut attempts = 1;
    loop {
        match (call(), pauses.after(attempts)) {
            (Err(error), Some(pause)) if may_help(&error) => pause_thread(pause),
            (outcome, _) => return outcome,
        }
        attempts += 1;
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "edge: these effects are called where a thread may block"
)]
fn pause_thread(pause: Duration) {
    std::thread::sleep(pause);
}
