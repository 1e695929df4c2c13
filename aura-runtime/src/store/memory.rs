//! A store in memory: for tests that need to look at records, to fail a write, or to hold one back.

use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use super::{Holdings, Record, Store, StoreError, sheet::Sheet};
use crate::fact::{Fact, FactId, WrittenFact};

/// A handle on records in memory; clones share them, so a test keeps one and the ledger the other.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    inner: Arc<(Mutex<Inner>, Condvar)>,
}

#[derive(Debug, Default)]
struct Inner {
    records: Vec<Record>,
    sheet: Sheet,
    failure: Option<StoreError>,
    held: bool,
}

impl MemoryStore {
    /// Everything committed so far.
    pub fn records(&self) -> Vec<Record> {
        self.lock().records.clone()
    }

    /// From now on every commit fails with this cause; `None` heals the store.
    pub fn fail_with(&self, cause: Option<&str>) {
        self.lock().failure = cause.map(|cause| StoreError::Io(cause.to_owned()));
    }

    /// From now on every commit fails with this error; `None` heals the store.
    pub fn fail(&self, error: Option<StoreError>) {
        self.lock().failure = error;
    }

    /// Holds commits back until released, as a slow disk would.
    pub fn hold(&self, held: bool) {
        self.lock().held = held;
        self.inner.1.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Store for MemoryStore {
    fn load(&mut self) -> Result<Holdings, StoreError> {
        Ok(self.lock().sheet.holdings())
    }

    fn commit(&mut self, batch: &[Record]) -> Result<(), StoreError> {
        let mut inner = self.lock();
        while inner.held {
            inner = self
                .inner
                .1
                .wait(inner)
                .unwrap_or_else(PoisonError::into_inner);
        }
        if let Some(error) = &inner.failure {
            return Err(error.clone());
        }
        inner.sheet.draft(batch)?;
        inner.records.extend_from_slice(batch);
        Ok(())
    }

    fn facts(&mut self, each: &mut dyn FnMut(FactId, WrittenFact<'_>)) -> Result<(), StoreError> {
        let draft = Sheet::default().draft(&self.lock().records)?;
        let mut facts: BTreeMap<FactId, Fact> = draft.facts.into_iter().collect();
        for gone in draft.gone {
            facts.remove(&gone);
        }
        for (id, fact) in facts {
            each(id, WrittenFact::of(&fact));
        }
        Ok(())
    }
}
