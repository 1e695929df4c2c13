//! The ledger's own files, around books that hold one number.

#[path = "../../src/ledger/reservation.rs"]
mod reservation;
#[path = "../../src/ledger/writer.rs"]
mod writer;

use self::books::Books;
pub(crate) use self::reservation::Reservation;
use crate::{
    guard::Entry,
    store::{Record, Store},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

#[must_use]
pub(crate) struct Committed(());

pub(crate) mod books {
    use crate::guard::Entry;

    /// What may be spent, and what is, with what is on its way to the disk.
    pub(crate) struct Books {
        pub(crate) limit: u64,
        pub(crate) spent: u64,
        /// How many entries the store has taken, and what they cost.
        pub(crate) settled: usize,
        pub(crate) written: u64,
    }

    impl Books {
        pub(crate) fn release(&mut self, entry: &Entry) {
            self.spent -= entry.0;
        }

        pub(crate) fn settle(&mut self, entries: Vec<Entry>) {
            self.settled += entries.len();
            self.written += entries.into_iter().map(|entry| entry.0).sum::<u64>();
        }
    }
}

/// A ledger of one budget.
pub(crate) struct Ledger {
    books: Arc<Mutex<Books>>,
    journal: writer::Writer,
}

impl Ledger {
    pub(crate) fn open(store: impl Store, limit: u64) -> Self {
        Self {
            books: Arc::new(Mutex::new(Books {
                limit,
                spent: 0,
                settled: 0,
                written: 0,
            })),
            journal: writer::Writer::spawn(store).unwrap(),
        }
    }

    pub(crate) fn spent(&self) -> u64 {
        lock(&self.books).spent
    }

    /// What was charged and acknowledged.
    pub(crate) fn written(&self) -> u64 {
        lock(&self.books).written
    }

    /// As the ledger does once the guards have allowed an entry.
    pub(crate) fn reserve(&self, cost: u64, record: Record) -> Option<Reservation> {
        let mut books = lock(&self.books);
        if books.spent + cost > books.limit {
            return None;
        }
        books.spent += cost;
        drop(books);
        let refund = reservation::Refund::new(Arc::clone(&self.books), vec![Entry(cost)]);
        Some(Reservation::new(record, refund, self.journal.clone()))
    }
}

fn lock(books: &Mutex<Books>) -> MutexGuard<'_, Books> {
    books.lock().unwrap_or_else(PoisonError::into_inner)
}
