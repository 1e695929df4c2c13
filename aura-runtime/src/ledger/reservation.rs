//! Headroom that was taken for a write, until its outcome is known.

use super::{Committed, books::Books, lock, writer::Writer};
use crate::{
    guard::Entry,
    store::{Record, StoreError},
    sync::{Arc, Mutex},
};

/// Entries that the guards allowed. Dropping them gives the headroom back.
pub(crate) struct Reservation {
    record: Record,
    refund: Refund,
    journal: Writer,
}

impl Reservation {
    pub(super) fn new(record: Record, refund: Refund, journal: Writer) -> Self {
        Self {
            record,
            refund,
            journal,
        }
    }

    /// With more that is to be written, as one transaction.
    pub(crate) fn also(self, records: Vec<Record>) -> Self {
        if records.is_empty() {
            return self;
        }
        let Self {
            record,
            refund,
            journal,
        } = self;
        let mut all = vec![record];
        all.extend(records);
        Self::new(Record::All(all), refund, journal)
    }

    /// Hands the entries to the journal. `then` runs in the ledger's own task, whatever becomes of
    /// the caller: with a proof for each once the write is acknowledged, else after the refund.
    pub(crate) fn commit(
        self,
        then: impl FnOnce(Result<Vec<Committed>, StoreError>) + Send + 'static,
    ) {
        let Self {
            record,
            mut refund,
            journal,
        } = self;
        let settle = move |outcome: Result<Committed, StoreError>| {
            let outcome = outcome.map(|_| refund.waive());
            drop(refund);
            then(outcome);
        };
        journal.submit(record, Box::new(settle));
    }
}

/// Gives headroom back, unless it was used.
pub(super) struct Refund {
    books: Arc<Mutex<Books>>,
    entries: Vec<Entry>,
}

impl Refund {
    pub(super) fn new(books: Arc<Mutex<Books>>, entries: Vec<Entry>) -> Self {
        Self { books, entries }
    }

    /// The entries are written: what was taken is spent.
    fn waive(&mut self) -> Vec<Committed> {
        let entries = std::mem::take(&mut self.entries);
        let proofs = entries.iter().map(|_| Committed(())).collect();
        lock(&self.books).settle(entries);
        proofs
    }
}

impl Drop for Refund {
    fn drop(&mut self) {
        if !self.entries.is_empty() {
            let mut books = lock(&self.books);
            for entry in &self.entries {
                books.release(entry);
            }
        }
    }
}
