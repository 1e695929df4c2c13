//! The ledger's own files, around books of one account and one right.

#[path = "../../src/ledger/account.rs"]
mod account;
#[path = "../../src/ledger/reservation.rs"]
mod reservation;
#[path = "../../src/ledger/writer.rs"]
mod writer;

use self::books::Books;
pub(crate) use self::reservation::Reservation;
use crate::{
    store::{Record, Store, StoreError},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    verdict::Verdict,
};

#[must_use]
pub(crate) struct Committed(());

pub(crate) mod books {
    use super::account::{AccountSlot, Accounts};
    use crate::{
        guard::Entry,
        identity::{AuthorityId, ContextId, DeviceId},
    };

    /// One account, and whether anything may be sent.
    pub(crate) struct Books {
        accounts: Accounts,
        slot: AccountSlot,
        pub(crate) allowed: bool,
        /// How many entries the store has taken, and what they cost.
        pub(crate) settled: usize,
        pub(crate) written: u64,
    }

    impl Books {
        pub(crate) fn new(limit: u64) -> Self {
            let mut accounts = Accounts::new(DeviceId::ONLY);
            let slot = accounts.slot(ContextId([0; 32]), AuthorityId([0; 32]));
            accounts.declare(slot, 1, limit);
            Self {
                accounts,
                slot,
                allowed: true,
                settled: 0,
                written: 0,
            }
        }

        pub(crate) fn headroom(&self) -> u64 {
            self.accounts.headroom(self.slot)
        }

        pub(crate) fn declare(&mut self, epoch: u64, limit: u64) {
            self.accounts.declare(self.slot, epoch, limit);
        }

        /// What is spent in this epoch, with what is on its way.
        pub(crate) fn spent(&mut self) -> u64 {
            self.accounts.budget(self.slot).spent
        }

        /// As the guards do, and the ledger behind them.
        pub(crate) fn hold(&mut self, cost: u64) -> Option<Entry> {
            if !self.allowed || self.headroom() < cost {
                return None;
            }
            self.accounts.hold(self.slot, cost);
            let epoch = self.accounts.terms(self.slot).0;
            Some(Entry { epoch, cost })
        }

        pub(crate) fn release(&mut self, entry: &Entry) {
            self.accounts.release(self.slot, entry.epoch, entry.cost);
        }

        pub(crate) fn settle(&mut self, entries: Vec<Entry>) {
            self.settled += entries.len();
            for entry in entries {
                self.accounts.settle(self.slot, entry.epoch, entry.cost);
                self.written += entry.cost;
            }
        }
    }
}

/// A ledger of one budget.
pub(crate) struct Ledger {
    books: Arc<Mutex<Books>>,
    journal: writer::Writer,
}

impl Ledger {
    /// A ledger in epoch 1.
    pub(crate) fn open(store: impl Store, limit: u64) -> Self {
        Self {
            books: Arc::new(Mutex::new(Books::new(limit))),
            journal: writer::Writer::spawn(store).unwrap(),
        }
    }

    pub(crate) fn spent(&self) -> u64 {
        lock(&self.books).spent()
    }

    pub(crate) fn headroom(&self) -> u64 {
        lock(&self.books).headroom()
    }

    /// What was charged and acknowledged.
    pub(crate) fn written(&self) -> u64 {
        lock(&self.books).written
    }

    /// As the ledger does once the guards have allowed an entry; `record` is told its epoch.
    pub(crate) fn reserve(
        &self,
        cost: u64,
        record: impl FnOnce(u64) -> Record,
    ) -> Option<Reservation> {
        let entry = lock(&self.books).hold(cost)?;
        let record = record(entry.epoch);
        let refund = reservation::Refund::new(Arc::clone(&self.books), vec![entry]);
        Some(Reservation::new(record, refund, self.journal.clone()))
    }

    /// As the ledger takes a right back.
    pub(crate) fn revoke(&self) {
        lock(&self.books).allowed = false;
    }

    /// As the ledger begins an epoch that was attested: it is there once the journal has it.
    pub(crate) async fn begin_epoch(
        &self,
        record: Record,
        epoch: u64,
        limit: u64,
    ) -> Result<(), StoreError> {
        let (judge, verdict) = Verdict::pending();
        let books = Arc::clone(&self.books);
        let settle = move |outcome: Result<Committed, StoreError>| {
            if outcome.is_ok() {
                lock(&books).declare(epoch, limit);
            }
            judge.announce(outcome.map(drop));
        };
        self.journal.submit(record, Box::new(settle));
        verdict.wait().await
    }
}

fn lock(books: &Mutex<Books>) -> MutexGuard<'_, Books> {
    books.lock().unwrap_or_else(PoisonError::into_inner)
}
