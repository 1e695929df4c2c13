//! Chains of receipts, from the root to the hop that shows them, and what makes one valid.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Receipt, ReceiptId, SignedReceipt};
use crate::identity::{AuthorityId, ContextId, Identity};

/// The most hops of a chain; a longer one is refused unread.
pub const MOST_HOPS: usize = 16;

/// The most bytes that a receipt takes: six parts of 32, one that names them, one of 64, three numbers.
const MOST_BYTES: usize = 32 * 6 + 1 + 64 + 3 * 10;

/// Receipts from the root on, as they travel with a message.
///
/// ```
/// use std::collections::BTreeSet;
/// use aura_runtime::{identity::{ContextId, DeviceId, Identity}, receipt::{Chain, Expected, Receipt}};
/// let [alice, relay, bob] = [1, 2, 3].map(|seed| Identity::from_seed([seed; 32]));
/// let members = BTreeSet::from([&alice, &relay, &bob].map(Identity::id));
/// let context = ContextId::derive("group", &[alice.id(), relay.id(), bob.id()], b"");
/// let mut receipt = Receipt {
///     context, source: alice.id(), device: DeviceId::ONLY, destination: relay.id(),
///     epoch: 1, cost: 50, nonce: 1, previous: None,
/// };
/// let chain = Chain::root(receipt, &alice).unwrap();
/// // The relay checks it, charges its own budget, and forwards.
/// receipt = Receipt { source: relay.id(), destination: bob.id(), cost: 20, ..receipt };
/// let chain = chain.forward(receipt, &relay).unwrap();
/// let expected = Expected { context, epoch: 1, destination: bob.id(), members: &members };
/// assert_eq!(chain.verify(&expected).unwrap().root().cost, 50);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain(Vec<SignedReceipt>);

/// What whoever receives a chain knows by itself.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The context of the message.
    pub context: ContextId,
    /// The context's epoch.
    pub epoch: u64,
    /// Who receives.
    pub destination: AuthorityId,
    /// Who takes part in the context.
    pub members: &'a BTreeSet<AuthorityId>,
}

/// A chain that has been verified. What it proves is used once: see [`Accepted`](super::Accepted).
#[derive(Clone, Copy, Debug)]
pub struct Verified<'a> {
    hops: &'a [SignedReceipt],
}

/// Why a chain is refused: which hop, counted from 0 at the root, and what is wrong with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("receipt {hop}: {flaw}")]
pub struct ReceiptError {
    /// The hop.
    pub hop: usize,
    /// What is wrong.
    pub flaw: Flaw,
}

/// What can be wrong with a receipt.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// No receipt, or more than a chain may have.
    #[error("a chain has 1 to {MOST_HOPS} receipts, this one has {0}")]
    Length(usize),
    /// The bytes are not those that this version writes for a chain.
    #[error("the bytes are not a chain's")]
    Encoding,
    /// The source has not signed this.
    #[error("its source has not signed it")]
    Signature,
    /// It belongs to another context.
    #[error("it is of {0:?}")]
    Context(ContextId),
    /// Its epoch is over, or has not begun.
    #[error("it is of epoch {found}, and the context is in epoch {expected}")]
    Epoch {
        /// The receipt's.
        found: u64,
        /// The context's.
        expected: u64,
    },
    /// Its source does not take part in the context.
    #[error("{0:?} does not take part in the context")]
    Stranger(AuthorityId),
    /// It was not given to the hop that follows, or the last one not to whoever received it.
    #[error("it was given to {0:?}")]
    Destination(AuthorityId),
    /// It was signed by somebody else than who has sent the message.
    #[error("{0:?} has signed it, who has not sent the message")]
    Source(AuthorityId),
    /// It is not of what the message costs.
    #[error("it is of {found}, and the message costs {expected}")]
    Cost {
        /// The receipt's.
        found: u64,
        /// The message's.
        expected: u64,
    },
    /// It does not follow the receipt before it, or is at the root and follows one.
    #[error("it does not follow the receipt before it")]
    Previous,
    /// Its nonce was used before, or is older than what is remembered.
    #[error("its nonce {0} was used before")]
    Replay(u64),
}

impl Flaw {
    pub(crate) fn at(self, hop: usize) -> ReceiptError {
        ReceiptError { hop, flaw: self }
    }
}

impl Chain {
    /// The most bytes that a chain takes.
    pub(crate) const MOST_BYTES: usize = MOST_HOPS * MOST_BYTES + 1;

    /// The most bytes that a chain of so many hops takes.
    pub(crate) fn room(hops: usize) -> usize {
        hops.min(MOST_HOPS) * MOST_BYTES + 1
    }

    /// The last hop's receipt, by its hash.
    pub(crate) fn last_id(&self) -> Option<ReceiptId> {
        Some(self.0.last()?.receipt.id())
    }

    /// A chain of one receipt, signed by its source; `None` if `identity` is not that, or the receipt
    /// follows another.
    pub fn root(receipt: Receipt, identity: &Identity) -> Option<Self> {
        let is_root = receipt.previous.is_none();
        let signed = receipt.sign(identity)?;
        is_root.then(|| Self(vec![signed]))
    }

    /// The chain with one hop more, whose `previous` is filled in; `None` if `identity` is not the
    /// receipt's source, or the chain has all the hops that it may have.
    pub fn forward(&self, receipt: Receipt, identity: &Identity) -> Option<Self> {
        let previous = Some(self.0.last()?.receipt.id());
        let signed = Receipt {
            previous,
            ..receipt
        }
        .sign(identity)?;
        (self.0.len() < MOST_HOPS).then(|| Self([&self.0[..], &[signed]].concat()))
    }

    /// A chain of these receipts, valid or not.
    pub fn of(receipts: Vec<SignedReceipt>) -> Self {
        Self(receipts)
    }

    /// The receipts, from the root on.
    pub fn receipts(&self) -> &[SignedReceipt] {
        &self.0
    }

    /// The bytes that travel.
    pub fn bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("numbers and arrays always encode")
    }

    /// Reads a chain. Each has one spelling: bytes that would be written in another way are refused.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ReceiptError> {
        if bytes.len() > Self::MOST_BYTES {
            return Err(Flaw::Length(bytes.len() / MOST_BYTES).at(0));
        }
        // The number of hops comes first, and is looked at before there is room for so many.
        if let Some(hops) = bytes.first().filter(|hops| usize::from(**hops) > MOST_HOPS) {
            return Err(Flaw::Length(usize::from(*hops)).at(0));
        }
        let chain: Self = postcard::from_bytes(bytes).map_err(|_| Flaw::Encoding.at(0))?;
        if chain.bytes() == bytes {
            Ok(chain)
        } else {
            Err(Flaw::Encoding.at(0))
        }
    }

    /// Checks a chain by itself, as an audit does: it belongs where it says, and to whom it says.
    pub(crate) fn verify_alone(&self) -> Result<Verified<'_>, ReceiptError> {
        let members = self.0.iter().map(|signed| signed.receipt.source).collect();
        let last = self.0.last().ok_or(Flaw::Length(0).at(0))?.receipt;
        self.verify(&Expected {
            context: last.context,
            epoch: last.epoch,
            destination: last.destination,
            members: &members,
        })
    }

    /// Checks every receipt and every link. What is cheap is looked at first, signatures last.
    pub fn verify<'a>(&'a self, expected: &Expected<'_>) -> Result<Verified<'a>, ReceiptError> {
        let hops = &self.0[..];
        if hops.is_empty() || hops.len() > MOST_HOPS {
            return Err(Flaw::Length(hops.len()).at(0));
        }
        let mut previous: Option<ReceiptId> = None;
        for (hop, signed) in hops.iter().enumerate() {
            let receipt = &signed.receipt;
            let follower = hops.get(hop + 1).map(|next| next.receipt.source);
            let destination = follower.unwrap_or(expected.destination);
            let flaw = if receipt.context != expected.context {
                Some(Flaw::Context(receipt.context))
            } else if receipt.epoch != expected.epoch {
                Some(Flaw::Epoch {
                    found: receipt.epoch,
                    expected: expected.epoch,
                })
            } else if !expected.members.contains(&receipt.source) {
                Some(Flaw::Stranger(receipt.source))
            } else if receipt.destination != destination {
                Some(Flaw::Destination(receipt.destination))
            } else if receipt.previous != previous {
                Some(Flaw::Previous)
            } else if receipt.nonce == 0 {
                Some(Flaw::Replay(0))
            } else {
                None
            };
            if let Some(flaw) = flaw {
                return Err(flaw.at(hop));
            }
            previous = Some(receipt.id());
        }
        match hops.iter().position(|signed| !signed.is_signed()) {
            Some(hop) => Err(Flaw::Signature.at(hop)),
            None => Ok(Verified { hops }),
        }
    }
}

impl<'a> Verified<'a> {
    /// What the root has charged.
    pub fn root(&self) -> &'a Receipt {
        &self.hops[0].receipt
    }

    /// What each hop has charged, from the root on.
    pub fn receipts(&self) -> impl ExactSizeIterator<Item = &'a Receipt> {
        self.hops.iter().map(|signed| &signed.receipt)
    }
}
