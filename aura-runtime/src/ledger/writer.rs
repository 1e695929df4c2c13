//! The ledger's own task: a thread that owns the store and commits in groups.
//!
//! Whatever has queued up while the last transaction was written becomes the next one, so one disk
//! flush serves every session that waits. The queue is first in, first out, and a group is bounded, so
//! nobody waits for more than what came before. Acknowledgements run on this thread, in order. When
//! a store cannot say whether a batch is durable, the ledger stops: nothing is tried again as if
//! nothing had happened. Where there is no room, what waits is refused, and later entries are tried.

use super::Committed;
use crate::{
    store::{Record, Store, StoreError},
    sync::{mpsc, thread},
};

pub(super) type Settle = Box<dyn FnOnce(Result<Committed, StoreError>) + Send>;

/// The most entries that one transaction takes; more would only delay the first.
const GROUP: usize = 1024;

struct Job {
    record: Record,
    settle: Settle,
}

#[derive(Clone, Debug)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    pub(super) fn spawn(store: impl Store) -> Result<Self, StoreError> {
        let (jobs, inbox) = mpsc::channel();
        thread::Builder::new()
            .name("aura-ledger".to_owned())
            .spawn(move || run(store, &inbox))
            .map_err(|error| StoreError::Io(error.to_string()))?;
        Ok(Self { jobs })
    }

    pub(super) fn submit(&self, record: Record, settle: Settle) {
        if let Err(mpsc::SendError(job)) = self.jobs.send(Job { record, settle }) {
            (job.settle)(Err(StoreError::Closed));
        }
    }
}

fn run(mut store: impl Store, inbox: &mpsc::Receiver<Job>) {
    let mut stopped: Option<StoreError> = None;
    while let Ok(first) = inbox.recv() {
        let mut records = vec![first.record];
        let mut waiting = vec![first.settle];
        while records.len() < GROUP
            && let Ok(job) = inbox.try_recv()
        {
            records.push(job.record);
            waiting.push(job.settle);
        }
        let outcome = match &stopped {
            Some(error) => Err(error.clone()),
            None => store.commit(&records),
        };
        if let Err(error) = &outcome
            && !error.may_pass()
        {
            stopped.get_or_insert_with(|| error.clone());
        }
        for settle in waiting {
            settle(outcome.clone().map(|()| Committed(())));
        }
    }
}
