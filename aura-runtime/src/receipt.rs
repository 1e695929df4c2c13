//! Receipts: signed proof, hop by hop, that what is forwarded was paid for (DECISIONS 5).
//!
//! A relay that forwards a message shows the chain of receipts that led to it: the root's says "I have
//! charged this, towards that hop", and each further one names, by hash, the one that arrived. In: what
//! a hop has charged. Out: a [`Chain`] that whoever receives it can [verify](Chain::verify) on its own,
//! and an [anti-replay state](Accepted) that takes each receipt once. What holds: a change of any one
//! field, a splice of two chains, a replay, a stale epoch and another context are refused. A source is a
//! device of an authority (DECISIONS 33): each charges its own part of the budget and counts for itself, so
//! a receipt names its device, and nonces are issued in strictly increasing order for each (context,
//! source, device, epoch). Left out on purpose: charging. A receipt is signed after the ledger's charge,
//! never instead of it.

mod accepted;
mod chain;
mod written;

use std::fmt;

use serde::{Deserialize, Serialize};

use self::written::Written;
pub use self::{
    accepted::{Accepted, Mark, Order, Window},
    chain::{Chain, Expected, Flaw, MOST_HOPS, ReceiptError, Verified},
};
use crate::identity::{AuthorityId, ContextId, DeviceId, Identity, Seal, write_hex};

const PURPOSE: &str = "aura 2026 receipt v1";

/// BLAKE3 of a receipt.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ReceiptId(pub [u8; 32]);

impl fmt::Debug for ReceiptId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0[..8])
    }
}

/// What one hop says that it has charged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Written", into = "Written")]
pub struct Receipt {
    /// Where the message belongs.
    pub context: ContextId,
    /// Who has charged its budget, and signs.
    pub source: AuthorityId,
    /// On which of its devices; [`DeviceId::ONLY`] where it has no other.
    pub device: DeviceId,
    /// To whom the message goes.
    pub destination: AuthorityId,
    /// The context's epoch.
    pub epoch: u64,
    /// What was charged.
    pub cost: u64,
    /// From 1 on, strictly increasing for each (context, source, device, epoch).
    pub nonce: u64,
    /// The receipt that arrived from the hop before; none at the root.
    pub previous: Option<ReceiptId>,
}

impl Receipt {
    /// The receipt's name: what the next hop's `previous` is.
    pub fn id(&self) -> ReceiptId {
        ReceiptId(blake3::derive_key("aura 2026 receipt id v1", &self.bytes()))
    }

    /// Signs it; `None` unless `identity` is its source.
    pub fn sign(self, identity: &Identity) -> Option<SignedReceipt> {
        let seal = identity.seal(PURPOSE, &self.bytes());
        (identity.id() == self.source).then_some(SignedReceipt {
            receipt: self,
            seal,
        })
    }

    /// Every part has a length of its own or says it, so no two receipts share their bytes.
    fn bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("numbers and arrays always encode")
    }
}

/// A receipt with the signature of its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedReceipt {
    receipt: Receipt,
    seal: Seal,
}

impl SignedReceipt {
    /// What is signed. Whether the signature holds is told by [`Chain::verify`].
    pub fn receipt(&self) -> &Receipt {
        &self.receipt
    }

    fn is_signed(&self) -> bool {
        self.seal.signer(PURPOSE, &self.receipt.bytes()) == Some(self.receipt.source)
    }
}
