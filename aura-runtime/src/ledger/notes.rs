//! What a ledger knows besides its books: epochs of contexts, nonces of own receipts, and which
//! receipts of others were accepted. No send looks in here.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use super::{Ledger, ShareError, receipts::Forgiven, rights::Sources};
use crate::{
    epoch::{EpochError, SignedEpoch},
    identity::{AuthorityId, ContextId, DeviceId, Identity},
    receipt::{Accepted, Chain, Receipt, ReceiptError},
    store::{Holdings, Record, StoreError},
};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Notes {
    pub(super) epochs: BTreeMap<ContextId, u64>,
    /// By context: the epoch, and the last nonce in it.
    issued: BTreeMap<ContextId, (u64, u64)>,
    pub(super) accepted: Accepted,
    pub(super) forgiven: Forgiven,
    pub(super) sources: Sources,
}

impl Notes {
    /// The epoch of a context, and the next nonce in it.
    pub(super) fn next_nonce(&mut self, context: ContextId) -> (u64, u64) {
        let epoch = self.epochs.get(&context).copied().unwrap_or(0);
        let last = self.issued.entry(context).or_default();
        *last = if last.0 < epoch {
            (epoch, 1)
        } else {
            (last.0, last.1 + 1)
        };
        *last
    }

    pub(super) fn load(holdings: &Holdings) -> Self {
        let issued = holdings.issued.iter();
        Self {
            epochs: holdings.epochs.iter().copied().collect(),
            issued: issued
                .map(|(context, epoch, nonce)| (*context, (*epoch, *nonce)))
                .collect(),
            accepted: Accepted::load(holdings.accepted.iter().copied()),
            forgiven: Forgiven::default(),
            sources: Sources::load(&holdings.revoked),
        }
    }
}

/// Why an epoch, or a receipt, was not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoteError {
    /// The epoch does not follow.
    #[error(transparent)]
    Epoch(#[from] EpochError),
    /// The budget does not become that.
    #[error(transparent)]
    Share(#[from] ShareError),
    /// The chain of receipts does not hold, or was used before.
    #[error(transparent)]
    Receipt(#[from] ReceiptError),
    /// The journal did not take it.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A peer has seen a later nonce than this ledger has issued: the store is an older image.
    #[error(
        "a peer has seen nonce {seen} of epoch {epoch}, and the last that the store knows is {known}: \
         the store is an older image of itself"
    )]
    OlderImage {
        /// The epoch.
        epoch: u64,
        /// What the peer has seen.
        seen: u64,
        /// What the store knows.
        known: u64,
    },
    /// The receipt cannot be signed: the chain is as long as it may be.
    #[error("the chain of receipts is as long as it may be")]
    Length,
}

impl Ledger {
    /// The epoch of a context; 0 until one has begun.
    pub fn epoch(&self, context: ContextId) -> u64 {
        self.notes().epochs.get(&context).copied().unwrap_or(0)
    }

    /// Begins an epoch that the context's authority has attested, with its limits. When this returns,
    /// every later send is charged to it, and is refused where it has no limit.
    pub async fn begin_epoch(
        &self,
        signed: &SignedEpoch,
        authority: AuthorityId,
    ) -> Result<(), NoteError> {
        let context = signed.context();
        let epoch = signed.verify(authority, self.epoch(context))?;
        let number = epoch.number;
        // The limits first: if the journal fails in between, the same epoch can be begun again.
        let mut peers: BTreeSet<_> = epoch.limits.keys().copied().collect();
        peers.extend(self.books().accounts.peers(context));
        for peer in peers {
            self.open_budget(peer, epoch).await?;
        }
        self.write(Record::Epoch {
            context,
            epoch: number,
        })
        .await?;
        let mut notes = self.notes();
        let known = notes.epochs.entry(context).or_default();
        *known = (*known).max(number);
        self.lapse(&mut notes.sources, context);
        Ok(())
    }

    /// Signs a receipt for what was charged, behind the chain that arrived, or as a root. Its nonce is
    /// durable before it is used, so that none is used twice.
    pub async fn issue_receipt(
        &self,
        identity: &Identity,
        to: (ContextId, AuthorityId),
        cost: u64,
        behind: Option<&Chain>,
    ) -> Result<Chain, NoteError> {
        let (context, destination) = to;
        let device = self.device();
        let (epoch, nonce, written) = {
            let (epoch, nonce) = self.notes().next_nonce(context);
            let record = Record::Issued {
                context,
                epoch,
                nonce,
            };
            (epoch, nonce, self.write(record))
        };
        written.await?;
        let receipt = Receipt {
            context,
            source: identity.id(),
            device,
            destination,
            epoch,
            cost,
            nonce,
            previous: None,
        };
        let chain = match behind {
            Some(chain) => chain.forward(receipt, identity),
            None => Chain::root(receipt, identity),
        };
        chain.ok_or(NoteError::Length)
    }

    /// Compares what a peer has seen of this ledger's receipts with what the store knows. An error
    /// means that the store was put back to an older image: whatever it says of budgets is as old.
    pub fn compare_nonce(
        &self,
        context: ContextId,
        epoch: u64,
        seen: u64,
    ) -> Result<(), NoteError> {
        let known = match self.notes().issued.get(&context) {
            Some((of, nonce)) if *of == epoch => *nonce,
            Some((of, _)) if *of > epoch => return Ok(()),
            _ => 0,
        };
        if seen <= known {
            Ok(())
        } else {
            Err(NoteError::OlderImage { epoch, seen, known })
        }
    }

    /// The highest nonce that was accepted of a source's device in a context, with its epoch: what the
    /// device compares with what it knows after a restart.
    pub fn seen_nonce(
        &self,
        context: ContextId,
        source: AuthorityId,
        device: DeviceId,
    ) -> Option<(u64, u64)> {
        let notes = self.notes();
        let mark = notes.accepted.mark(context, source, device)?;
        Some((mark.epoch, mark.window.highest))
    }

    pub(super) fn notes(&self) -> MutexGuard<'_, Notes> {
        locked(&self.notes)
    }
}

pub(super) fn locked(notes: &Mutex<Notes>) -> MutexGuard<'_, Notes> {
    notes.lock().unwrap_or_else(PoisonError::into_inner)
}
