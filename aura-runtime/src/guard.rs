//! The guard chain: capability, flow, leakage, journal, in this order, over one snapshot.
//!
//! In: the ledger's books, borrowed read-only, and what a send demands. Out: the
//! [`Refusal`] of the first guard that says no, or nothing: then the ledger commits the one `Entry` of
//! charge, leakage and facts as a whole. Nothing here can change anything, so a refusal leaves no
//! trace. Left out on purpose: sending. What may be sent is decided by the ledger's acknowledgement of
//! the entry, a [`Committed`], which nobody but the ledger can make.
//!
//! [`Committed`]: crate::ledger::Committed

mod capability;
mod flow;
mod journal;
mod leakage;

use std::sync::Arc;

use crate::{
    fact::{Fact, Leaf, Leaves, Origin},
    identity::{AuthorityId, ContextId, SessionId},
    ledger::{AccountSlot, Books, CapabilityId, ContextBook, ContextSlot},
    machine::{MessageRow, Observer, Protocol},
    receipt::ReceiptError,
};

/// What a send costs and where: all that an ordinary one is decided from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Toll {
    /// What the source says of the message.
    pub row: &'static MessageRow,
    /// The capability demanded, as the ledger numbers it.
    pub capability: Option<CapabilityId>,
    /// The context's books.
    pub context: ContextSlot,
    /// The account of (context, peer).
    pub account: AccountSlot,
}

/// What one send asks of the chain.
pub(crate) struct Demand<'a> {
    /// The protocol that the message belongs to.
    pub protocol: &'static Protocol,
    /// What it costs and where.
    pub toll: Toll,
    /// Whether the sender says that the message will not come: it costs the same, asks for no
    /// capability and leaves no facts.
    pub abstains: bool,
    /// The run.
    pub session: &'a SessionId,
    /// The sender's step in the run.
    pub step: u64,
    /// To whom.
    pub peer: &'a AuthorityId,
    /// What the facts of the message have in common, one for each that the source names.
    pub origins: &'a [Arc<Origin>],
    /// The postcard bytes of a payload field, by name.
    pub field: &'a dyn Fn(&str) -> Option<Vec<u8>>,
}

/// What an allowed send writes into the ledger, as one transaction.
#[derive(Debug)]
pub(crate) struct Entry {
    pub context: ContextSlot,
    pub account: AccountSlot,
    pub row: &'static MessageRow,
    pub epoch: u64,
    pub facts: Leaves,
}

impl Entry {
    /// What an allowed demand writes.
    pub(crate) fn of(books: &Books, demand: &Demand<'_>, facts: Leaves) -> Self {
        Self {
            context: demand.toll.context,
            account: demand.toll.account,
            row: demand.toll.row,
            epoch: books.terms(demand.toll.account).0,
            facts,
        }
    }
}

/// Why a send was not allowed. The state that refused has not moved and can be tried again.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The sender does not hold the capability that the message demands.
    #[error("{message} demands the capability `{capability}` in {context:?}, which is not held")]
    AuthorizationDenied {
        /// The capability, as in the source.
        capability: &'static str,
        /// The message's wire label.
        message: &'static str,
        /// Where it was asked for.
        context: ContextId,
    },
    /// The headroom that this device holds of the budget of (context, peer) does not cover the cost.
    #[error(
        "{message} costs {asked}, and {available} of {limit} is left towards {peer:?} in epoch {epoch}"
    )]
    InsufficientBudget {
        /// The message's wire label.
        message: &'static str,
        /// Towards whom.
        peer: AuthorityId,
        /// The cost.
        asked: u64,
        /// What this device may still spend.
        available: u64,
        /// The limit of the epoch; 0 where none was declared.
        limit: u64,
        /// The budget's epoch.
        epoch: u64,
    },
    /// The message leaks more to a class of observers than the context still allows.
    #[error("{message} leaks {asked} millionths to {observer} observers, and {available} is left")]
    LeakageExceeded {
        /// The message's wire label.
        message: &'static str,
        /// To whom it would leak.
        observer: Observer,
        /// Millionths leaked.
        asked: u64,
        /// Millionths left.
        available: u64,
    },
    /// The message goes on from a receipt that has not arrived.
    #[error("{message} goes on from the receipt of {awaited}, and none has arrived")]
    ReceiptMissing {
        /// The message's wire label.
        message: &'static str,
        /// The label that it should have come with.
        awaited: &'static str,
    },
    /// The message goes on from a receipt that does not hold any more.
    #[error("{message} goes on from a receipt that does not hold: {cause}")]
    ReceiptInvalid {
        /// The message's wire label.
        message: &'static str,
        /// What is wrong.
        cause: ReceiptError,
    },
    /// The ledger has no key of the sender's to sign a receipt with.
    #[error("{message} needs a receipt, and the ledger has no key to sign it with")]
    ReceiptUnsigned {
        /// The message's wire label.
        message: &'static str,
    },
    /// The branch's condition is false.
    #[error("the branch `{branch}` is closed: its condition is false")]
    BranchClosed {
        /// The branch.
        branch: &'static str,
    },
    /// A local step failed.
    #[error("the local step failed: {cause}")]
    LocalStep {
        /// What the hook said.
        cause: String,
    },
    /// The journal did not take the entry; nothing was charged and nothing was sent.
    #[error("the journal did not commit {message}: {cause}")]
    JournalCommitFailed {
        /// The message's wire label.
        message: &'static str,
        /// What the store said.
        cause: String,
    },
}

/// Whether the chain allows an ordinary send without a look at what it carries: one that is not allowed
/// here may still be, and [`evaluate`] says so or says why not.
#[inline]
pub(crate) fn allows(context: &ContextBook, headroom: u64, toll: &Toll) -> bool {
    capability::holds(context, toll) && flow::covers(headroom, toll) && leakage::fits(context, toll)
}

/// Runs the chain. The facts that an allowed send leaves are those of [`couple`], made before, so that
/// nothing is hashed while the books are held.
#[inline]
pub(crate) fn evaluate(books: &Books, demand: &Demand<'_>) -> Result<(), Box<Refusal>> {
    capability::allow(books, demand)?;
    flow::allow(books, demand)?;
    leakage::allow(books, demand)
}

/// The facts that go into the journal if the chain allows the send.
#[inline]
pub(crate) fn couple(demand: &Demand<'_>) -> Leaves {
    journal::couple(demand)
}

/// The same, whole.
pub(crate) fn facts(demand: &Demand<'_>) -> Vec<Fact> {
    journal::couple(demand).iter().map(Leaf::fact).collect()
}

impl Demand<'_> {
    fn message(&self) -> &'static str {
        self.protocol.label_name(self.toll.row.label)
    }
}
