//! The ledger's own task: a thread that owns the store and commits in groups.
//!
//! Whatever has queued up while the last transaction was written becomes the next one, so one disk
//! flush serves every session that waits. The queue is first in, first out, and a group is bounded, so
//! nobody waits for more than what came before. Acknowledgements run on this thread, in order. When
//! a store cannot say whether a batch is durable, the ledger stops: nothing is tried again as if
//! nothing had happened. Where there is no room, what waits is refused, and later entries are tried.
//! A task that wants the store for itself gets it between two groups, in its place of the queue.

use super::Committed;
use crate::{
    store::{Record, Store, StoreError},
    sync::{mpsc, thread},
};

pub(super) type Settle = Box<dyn FnOnce(Result<Committed, StoreError>) + Send>;

/// What is done with the store alone, or is told why it cannot be; gives the error of a write.
pub(super) type Task =
    Box<dyn FnOnce(Result<&mut dyn Store, StoreError>) -> Option<StoreError> + Send>;

/// The most entries that one transaction takes; more would only delay the first.
const GROUP: usize = 1024;

enum Job {
    Write { record: Record, settle: Settle },
    Alone(Task),
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
        if let Err(mpsc::SendError(Job::Write { settle, .. })) =
            self.jobs.send(Job::Write { record, settle })
        {
            settle(Err(StoreError::Closed));
        }
    }

    /// Runs a task with the store, behind everything that was submitted before.
    pub(super) fn alone(&self, task: Task) {
        if let Err(mpsc::SendError(Job::Alone(task))) = self.jobs.send(Job::Alone(task)) {
            task(Err(StoreError::Closed));
        }
    }
}

fn run(mut store: impl Store, inbox: &mpsc::Receiver<Job>) {
    let mut stopped: Option<StoreError> = None;
    let mut next = None;
    while let Some(job) = next.take().or_else(|| inbox.recv().ok()) {
        let outcome = match job {
            Job::Alone(task) => {
                let store: &mut dyn Store = &mut store;
                task(stopped.clone().map_or(Ok(store), Err)).map_or(Ok(()), Err)
            }
            Job::Write { record, settle } => {
                let mut records = vec![record];
                let mut waiting = vec![settle];
                while records.len() < GROUP
                    && let Ok(job) = inbox.try_recv()
                {
                    let Job::Write { record, settle } = job else {
                        next = Some(job);
                        break;
                    };
                    records.push(record);
                    waiting.push(settle);
                }
                let outcome = match &stopped {
                    Some(error) => Err(error.clone()),
                    None => store.commit(&records),
                };
                for settle in waiting {
                    settle(outcome.clone().map(|()| Committed(())));
                }
                outcome
            }
        };
        if let Err(error) = outcome
            && !error.may_pass()
        {
            stopped.get_or_insert(error);
        }
    }
}
