//! A store in memory: for tests that need to look at records, to fail a write, or to hold one back.

use std::{
    collections::BTreeMap,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

use super::{Holdings, Record, SentRecord, Store, StoreError};
use crate::{
    budget::{Allowance, Budget},
    identity::{AuthorityId, ContextId},
    machine::Observer,
};

/// A handle on records in memory; clones share them, so a test keeps one and the ledger the other.
#[derive(Clone, Debug, Default)]
pub struct MemoryStore {
    inner: Arc<(Mutex<Inner>, Condvar)>,
}

#[derive(Debug, Default)]
struct Inner {
    records: Vec<Record>,
    failure: Option<String>,
    held: bool,
}

impl MemoryStore {
    /// Everything committed so far.
    pub fn records(&self) -> Vec<Record> {
        self.lock().records.clone()
    }

    /// From now on every commit fails with this cause; `None` heals the store.
    pub fn fail_with(&self, cause: Option<&str>) {
        self.lock().failure = cause.map(str::to_owned);
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
        let mut budgets: BTreeMap<_, Budget> = BTreeMap::new();
        let mut leakage: BTreeMap<_, Allowance> = BTreeMap::new();
        for record in &self.lock().records {
            match record {
                Record::Budget {
                    context,
                    peer,
                    epoch,
                    limit,
                } => {
                    budgets
                        .entry((*context, *peer))
                        .or_default()
                        .declare(*epoch, *limit);
                }
                Record::Leakage {
                    context,
                    observer,
                    limit,
                } => {
                    leakage.entry((*context, *observer)).or_default().limit = *limit;
                }
                Record::Send(sent) => spend(&mut budgets, &mut leakage, sent),
                Record::Broadcast(copies) => {
                    for sent in copies {
                        spend(&mut budgets, &mut leakage, sent);
                    }
                }
                Record::Facts(_) => {}
            }
        }
        Ok(Holdings {
            budgets: budgets.into_iter().map(|((c, p), b)| (c, p, b)).collect(),
            leakage: leakage.into_iter().map(|((c, o), a)| (c, o, a)).collect(),
        })
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
        if let Some(cause) = &inner.failure {
            return Err(StoreError::Io(cause.clone()));
        }
        inner.records.extend_from_slice(batch);
        Ok(())
    }
}

fn spend(
    budgets: &mut BTreeMap<(ContextId, AuthorityId), Budget>,
    leakage: &mut BTreeMap<(ContextId, Observer), Allowance>,
    sent: &SentRecord,
) {
    if let Some(budget) = budgets.get_mut(&(sent.context, sent.peer))
        && budget.epoch == sent.epoch
    {
        budget.spent += sent.cost;
    }
    for (observer, leak) in Observer::ALL.into_iter().zip(sent.leak) {
        leakage.entry((sent.context, observer)).or_default().spent += leak;
    }
}
