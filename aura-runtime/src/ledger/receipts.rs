//! Own receipts, from their nonce to their signature, and those of others, which are taken once.
//!
//! A nonce is taken before the charge and is durable with it, in one transaction; the signature comes
//! after. A charge that is refused, or not written, leaves a gap in the numbers and nothing else. A chain
//! of others is marked as used before what came with it is delivered; where the journal does not take
//! the mark, nothing is delivered, and the same chain may come once more.

use std::collections::BTreeSet;

use super::{Ledger, NoteError, notes::Notes};
use crate::{
    identity::{AuthorityId, ContextId, DeviceId, Identity},
    receipt::{
        Chain, Expected, Flaw, MOST_HOPS, Order, Receipt, ReceiptError, ReceiptId, SignedReceipt,
    },
    store::{Record, StoreError},
    sync::Arc,
};

/// Chains whose mark the journal did not take, at most; older ones are not taken again.
const FORGIVEN: usize = 1024;

/// Receipts of others that were not delivered for want of a journal.
#[derive(Debug, Default)]
pub(super) struct Forgiven(BTreeSet<ReceiptId>);

/// A receipt that is signed once its charge is in the journal.
#[derive(Debug)]
pub(crate) struct Draft {
    receipt: Receipt,
    behind: Option<Chain>,
    signer: Arc<Identity>,
}

/// Why there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) enum DraftError {
    /// What it goes on from does not hold any more.
    Invalid(ReceiptError),
    /// There is no key to sign it with.
    Unsigned,
}

impl Draft {
    /// What makes its nonce durable.
    pub(crate) fn record(&self) -> Record {
        Record::Issued {
            context: self.receipt.context,
            epoch: self.receipt.epoch,
            nonce: self.receipt.nonce,
        }
    }

    /// The chain that travels. `None` only for what [`Ledger::draft_receipt`] does not give.
    pub(crate) fn sign(self) -> Option<Chain> {
        match self.behind {
            Some(chain) => chain.forward(self.receipt, &self.signer),
            None => Chain::root(self.receipt, &self.signer),
        }
    }
}

/// How many of the first hops were taken here before: those up to the last one that this device has
/// signed itself, which it does for nothing that it has not taken. The last hop is always new.
fn taken_before(chain: &Chain, me: (AuthorityId, DeviceId)) -> usize {
    let hops = chain.receipts();
    let mut own = hops.iter().map(SignedReceipt::receipt);
    let own = own.rposition(|hop| (hop.source, hop.device) == me);
    own.map_or(0, |at| (at + 1).min(hops.len().saturating_sub(1)))
}

impl Ledger {
    /// Lets the ledger sign receipts on behalf of its authority. A node does so by itself; `false` if
    /// somebody has done it before.
    pub fn sign_receipts(&self, identity: impl Into<Arc<Identity>>) -> bool {
        self.signer.set(identity.into()).is_ok()
    }

    /// A receipt with the next nonce, behind a chain that arrived in the same epoch, or as a root.
    pub(crate) fn draft_receipt(
        &self,
        author: AuthorityId,
        (context, destination): (ContextId, AuthorityId),
        cost: u64,
        behind: Option<Chain>,
    ) -> Result<Draft, DraftError> {
        let signer = self.signer.get().filter(|signer| signer.id() == author);
        let signer = Arc::clone(signer.ok_or(DraftError::Unsigned)?);
        let device = self.device();
        let mut notes = self.notes();
        let epoch = notes.epochs.get(&context).copied().unwrap_or(0);
        if let Some(hops) = behind.as_ref().map(Chain::receipts) {
            let at = hops.len().saturating_sub(1);
            let flaw = if hops.is_empty() || hops.len() >= MOST_HOPS {
                Some(Flaw::Length(hops.len() + 1))
            } else {
                let stale = hops.iter().map(SignedReceipt::receipt);
                let mut stale = stale.filter(|it| it.epoch != epoch);
                stale.next().map(|it| Flaw::Epoch {
                    found: it.epoch,
                    expected: epoch,
                })
            };
            if let Some(flaw) = flaw {
                return Err(DraftError::Invalid(flaw.at(at)));
            }
        }
        let (epoch, nonce) = notes.next_nonce(context);
        let receipt = Receipt {
            context,
            source: author,
            device,
            destination,
            epoch,
            cost,
            nonce,
            previous: None,
        };
        Ok(Draft {
            receipt,
            behind,
            signer,
        })
    }

    /// Verifies a chain that has arrived and takes each of its receipts, once and for all. `then` runs in
    /// the ledger's own task once the journal has it; `true`, and it never runs, if the journal is
    /// memory. A chain that is refused changes nothing.
    pub(crate) fn take_chain(
        &self,
        (me, context): (AuthorityId, ContextId),
        members: &BTreeSet<AuthorityId>,
        chain: &Chain,
        order: Order,
        then: impl FnOnce(Result<(), StoreError>) + Send + 'static,
    ) -> Result<bool, ReceiptError> {
        let epoch = self.epoch(context);
        let verified = chain.verify(&Expected {
            context,
            epoch,
            destination: me,
            members,
        })?;
        let own = (me, self.device());
        let marks = {
            let mut notes = self.notes();
            let Notes {
                accepted, forgiven, ..
            } = &mut *notes;
            match chain.last_id().filter(|id| forgiven.0.remove(id)) {
                Some(_) => accepted.marks_of(&verified),
                None => accepted.accept_behind(&verified, taken_before(chain, own), order)?,
            }
        };
        let Some(journal) = &self.journal else {
            return Ok(true);
        };
        let (id, notes) = (chain.last_id(), Arc::clone(&self.notes));
        let record = Record::Accepted {
            marks,
            chain: chain.clone(),
        };
        let settle = move |outcome: Result<super::Committed, StoreError>| {
            if outcome.is_err()
                && let Some(id) = id
            {
                let mut notes = super::notes::locked(&notes);
                if notes.forgiven.0.len() < FORGIVEN {
                    notes.forgiven.0.insert(id);
                }
            }
            then(outcome.map(drop));
        };
        journal.submit(record, Box::new(settle));
        Ok(false)
    }

    /// Verifies a chain that has arrived and takes each of its receipts, once and for all: when this
    /// returns, the journal has them. A chain that is refused changes nothing.
    pub async fn accept_receipts(
        &self,
        me: AuthorityId,
        context: ContextId,
        members: &BTreeSet<AuthorityId>,
        chain: &Chain,
        order: Order,
    ) -> Result<(), NoteError> {
        let (done, outcome) = futures::channel::oneshot::channel();
        // Nobody may be waiting any more.
        let then = move |result| drop(done.send(result));
        if self.take_chain((me, context), members, chain, order, then)? {
            return Ok(());
        }
        Ok(outcome.await.unwrap_or(Err(StoreError::Closed))?)
    }
}
