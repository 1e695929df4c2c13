//! Where a ledger's entries become durable.
//!
//! A store takes batches of [`Record`]s, each batch all or nothing, and gives back the sums when it
//! is opened again. `commit` returns once the batch would survive the machine losing power. A store
//! that is on a disk is an [`Archive`], too: it is checked, row by row, before a ledger starts from it.
//! Left out on purpose: any judgement. By the time a record is here, the guards have allowed it.

mod audit;
mod memory;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    expect(dead_code, reason = "a part is for stores on a disk alone")
)]
mod rows;
#[cfg(feature = "files")]
mod seal;
#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres")),
    expect(dead_code, reason = "a part is for stores on a disk alone")
)]
mod sheet;
#[cfg(feature = "sqlite")]
mod sqlite;

use serde::{Deserialize, Serialize};

#[cfg(feature = "postgres")]
pub use self::postgres::{PostgresOptions, PostgresStore};
#[cfg(feature = "sqlite")]
pub use self::sqlite::{SqliteReader, SqliteStore};
pub use self::{
    audit::{Archive, Content, Damage, Rewrite, Rows, audit},
    memory::MemoryStore,
    rows::{Cell, Compacted, Digest, Head, Key, StoredCharge},
};
use crate::{
    budget::{Budget, LeakagePolicy, shared::SharedBudget},
    fact::{Fact, FactId, WrittenFact},
    identity::{AuthorityId, ContextId, DeviceId, SessionId},
    journal::Namespace,
    machine::Observer,
    receipt::{Chain, Mark},
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
    /// How much may leak was said for a context.
    Leakage {
        /// The context.
        context: ContextId,
        /// To whom it may leak.
        observer: Observer,
        /// How much.
        policy: LeakagePolicy,
    },
    /// How much may leak was said for contexts of which nothing else was.
    LeakageDefault {
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
    /// An own receipt is about to be signed; of several nonces, the highest counts.
    Issued {
        /// The context.
        context: ContextId,
        /// Its epoch.
        epoch: u64,
        /// The receipt's nonce.
        nonce: u64,
    },
    /// A chain of receipts was accepted.
    Accepted {
        /// What is known of its sources now.
        marks: Vec<Mark>,
        /// The chain.
        chain: Chain,
    },
    /// A budget of several devices, as it is known now; joined with what was known.
    Shared {
        /// The context.
        context: ContextId,
        /// Towards whom.
        peer: AuthorityId,
        /// The budget.
        budget: SharedBudget,
    },
    /// Headroom of such a budget was handed on; added to what the device has handed on before.
    Transfer {
        /// The context.
        context: ContextId,
        /// Towards whom.
        peer: AuthorityId,
        /// The budget's epoch; in another one there is nothing to hand on.
        epoch: u64,
        /// The device that the store belongs to.
        from: DeviceId,
        /// Whose it is now.
        to: DeviceId,
        /// How much.
        amount: u64,
    },
    /// The store belongs to this device, for good.
    Device(DeviceId),
    /// An epoch of a context has begun.
    Epoch {
        /// The context.
        context: ContextId,
        /// The epoch.
        epoch: u64,
    },
    /// A token was taken back.
    Revoked(Vec<u8>),
    /// All of these, or none.
    All(Vec<Record>),
    /// A journal was compacted. From here on the facts that it and every other journal have let go of
    /// are not stored, however they arrive.
    Cut {
        /// The journal.
        namespace: Namespace,
        /// Which facts it has let go of; joined with what was known.
        compacted: Compacted,
        /// Those of them that no journal holds any more.
        gone: Vec<FactId>,
    },
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
    /// How much may leak, and what has, in millionths.
    pub leakage: Vec<(ContextId, Observer, LeakagePolicy, u64)>,
    /// How much may leak to each class of observers by default, in millionths.
    pub leakage_defaults: [u64; Observer::COUNT],
    /// The last nonce of own receipts, by context, with its epoch: (context, epoch, nonce).
    pub issued: Vec<(ContextId, u64, u64)>,
    /// Which receipts of others were accepted.
    pub accepted: Vec<Mark>,
    /// Budgets of several devices. What this one has spent of them stands in `budgets`.
    pub shared: Vec<(ContextId, AuthorityId, SharedBudget)>,
    /// The device that the store belongs to; none where the authority has one device.
    pub device: Option<DeviceId>,
    /// The epochs of contexts.
    pub epochs: Vec<(ContextId, u64)>,
    /// The ids of tokens that were taken back.
    pub revoked: Vec<Vec<u8>>,
    /// What was compacted of journals.
    pub cuts: Vec<(Namespace, Compacted)>,
}

/// Why a store could not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
pub enum StoreError {
    /// The disk, the file or the database said no. Nothing of the batch was written.
    #[error("{0}")]
    Io(String),
    /// There is no room. Nothing of the batch was written, and later ones may be.
    #[error("there is no room: {0}")]
    Full(String),
    /// Whether the batch is durable cannot be known: a flush has failed, and what the system holds of
    /// the file may not be what is on the disk. The ledger stops; open the store again.
    #[error("whether it was written is unknown, so the ledger has stopped: {0}")]
    Broken(String),
    /// Somebody else has the store open, or has written to it.
    #[error("the store is in use: {0}")]
    Busy(String),
    /// The store belongs to another device of the authority.
    #[error("the store belongs to {found:?}, and {device:?} would open it")]
    Device {
        /// To whom it belongs.
        found: DeviceId,
        /// Who would open it.
        device: DeviceId,
    },
    /// What is stored is not what this version writes.
    #[error("the store is damaged: {0}")]
    Corrupt(String),
    /// There is no key, or it is not the one that the store was sealed with.
    #[error("{0}")]
    Key(String),
    /// The ledger has shut down.
    #[error("the ledger is closed")]
    Closed,
}

impl StoreError {
    /// Whether a later batch may be written: nothing of this one was, and the store knows it.
    pub fn may_pass(&self) -> bool {
        matches!(self, Self::Io(_) | Self::Full(_))
    }
}

/// A durable log of records.
pub trait Store: Send + 'static {
    /// The sums over everything committed so far.
    fn load(&mut self) -> Result<Holdings, StoreError>;

    /// Commits a batch, all of it or nothing, durably.
    fn commit(&mut self, batch: &[Record]) -> Result<(), StoreError>;

    /// Every fact that is held, in the order of the ids. A store that was opened has checked that each
    /// stands under its own.
    fn facts(&mut self, each: &mut dyn FnMut(FactId, WrittenFact<'_>)) -> Result<(), StoreError>;
}
