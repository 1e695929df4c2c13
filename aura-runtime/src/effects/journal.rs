//! The durable log below a ledger: the effect is [`Store`], and in production it is
//! `SqliteStore`.
//!
//! It is named here so that all effects stand in one place; a ledger owns its journal, so unlike the
//! others it is used by one thread alone and takes `&mut self`.

#[cfg(feature = "sqlite")]
pub use crate::store::SqliteStore;
pub use crate::store::{MemoryStore, Store as JournalEffects};
use crate::{
    fact::{FactId, WrittenFact},
    store::{Holdings, Record, Store, StoreError},
};

/// A journal whose type is chosen at run time.
///
/// ```
/// use aura_runtime::{effects::journal::{AnyJournal, MemoryStore}, ledger::Ledger};
/// let ledger = Ledger::open(AnyJournal::new(MemoryStore::default()))?;
/// # drop(ledger);
/// # Ok::<(), aura_runtime::store::StoreError>(())
/// ```
pub struct AnyJournal(Box<dyn Store>);

impl AnyJournal {
    /// Erases the type of a journal.
    pub fn new(journal: impl Store) -> Self {
        Self(Box::new(journal))
    }
}

impl std::fmt::Debug for AnyJournal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("AnyJournal")
    }
}

impl Store for AnyJournal {
    fn load(&mut self) -> Result<Holdings, StoreError> {
        self.0.load()
    }

    fn commit(&mut self, batch: &[Record]) -> Result<(), StoreError> {
        self.0.commit(batch)
    }

    fn facts(&mut self, each: &mut dyn FnMut(FactId, WrittenFact<'_>)) -> Result<(), StoreError> {
        self.0.facts(each)
    }
}
