//! Where a ledger's entries become durable.
//!
//! A store takes batches of [`Record`]s, each batch all or nothing, and gives back the sums when it
//! is opened again. `commit` returns once the batch would survive the machine losing power. Left out
//! on purpose: any judgement. By the time a record is here, the guards have allowed it.

mod memory;
#[cfg(feature = "sqlite")]
mod sqlite;

use serde::{Deserialize, Serialize};

pub use self::memory::MemoryStore;
#[cfg(feature = "sqlite")]
pub use self::sqlite::{SqliteReader, SqliteStore, StoredCharge};
use crate::{
    budget::{Allowance, Budget},
    fact::{Fact, FactId},
    identity::{AuthorityId, ContextId, SessionId},
    machine::Observer,
};

/// What a store writes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Record {
    /// A limit was declared for an epoch.
    Budget {
        /// The context.
        context: ContextId,
        /// Towards whom.
        peer: AuthorityId,
        /// The epoch.
        epoch: u64,
        /// Its limit.
        limit: u64,
    },
    /// An allowance was declared.
    Leakage {
        /// The context.
        context: ContextId,
        /// To whom it may leak.
        observer: Observer,
        /// Millionths.
        limit: u64,
    },
    /// A send was allowed: its charge, its leakage and its facts.
    Send(Box<SentRecord>),
    /// A broadcast was allowed: its copies, in the order of the members.
    Broadcast(Vec<SentRecord>),
    /// Facts that others have left were joined.
    Facts(Vec<(FactId, Fact)>),
}

/// What an allowed send leaves in the journal.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SentRecord {
    /// The message's context.
    pub context: ContextId,
    /// To whom.
    pub peer: AuthorityId,
    /// The budget's epoch.
    pub epoch: u64,
    /// The charge.
    pub cost: u64,
    /// Millionths leaked to each class of observers.
    pub leak: [u64; Observer::COUNT],
    /// The run.
    pub session: SessionId,
    /// The sender's step in it.
    pub step: u64,
    /// The wire label.
    pub label: &'static str,
    /// The facts.
    pub facts: Vec<(FactId, Fact)>,
    /// The line for the audit log.
    pub log: Option<&'static str>,
}

/// The sums that a ledger starts from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Holdings {
    /// Budgets with what is spent.
    pub budgets: Vec<(ContextId, AuthorityId, Budget)>,
    /// Allowances with what has leaked.
    pub leakage: Vec<(ContextId, Observer, Allowance)>,
}

/// Why a store could not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum StoreError {
    /// The disk, the file or the database said no.
    #[error("{0}")]
    Io(String),
    /// What is stored is not what this version writes.
    #[error("the store holds something that is not a ledger: {0}")]
    Corrupt(String),
    /// The ledger has shut down.
    #[error("the ledger is closed")]
    Closed,
}

/// A durable log of records.
pub trait Store: Send + 'static {
    /// The sums over everything committed so far.
    fn load(&mut self) -> Result<Holdings, StoreError>;

    /// Commits a batch, all of it or nothing, durably.
    fn commit(&mut self, batch: &[Record]) -> Result<(), StoreError>;
}
