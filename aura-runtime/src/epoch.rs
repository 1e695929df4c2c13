//! Epochs of a context, attested by its authority (DECISIONS 4 and 33).
//!
//! An epoch begins when the context's authority says so and signs it, with the limits that hold in it.
//! In: what the authority says. Out: a [`SignedEpoch`], which a ledger takes in if the seal is the
//! authority's, the number is higher than the one that it knows, and the jump is bounded. The highest
//! number that some peer has mentioned counts for nothing. Left out on purpose: when to begin one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::identity::{AuthorityId, ContextId, DeviceId, Identity, Seal};

const PURPOSE: &str = "aura 2026 epoch v1";

/// How far an epoch may be ahead of the last one that is known: a replica that was away misses some,
/// and a number from nowhere cannot use up all that there are.
pub const MOST_AHEAD: u64 = 64;

/// An epoch and what may be spent in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Epoch {
    /// Of which context.
    pub context: ContextId,
    /// Its number, from 1 on.
    pub number: u64,
    /// The limit towards each peer; towards others nothing may be spent.
    pub limits: BTreeMap<AuthorityId, u64>,
    /// How an authority that has several devices divides its limits among them: by authority, then by
    /// device, then by peer. Each of its devices stands here; one that holds nothing can be given some.
    /// Empty for an authority with one device, which holds it all.
    pub parts: BTreeMap<AuthorityId, BTreeMap<DeviceId, BTreeMap<AuthorityId, u64>>>,
}

/// An epoch with its authority's seal.
///
/// ```
/// use std::collections::BTreeMap;
/// use aura_runtime::{epoch::{Epoch, EpochError}, identity::{ContextId, Identity}};
/// let (authority, other) = (Identity::from_seed([1; 32]), Identity::from_seed([2; 32]));
/// let limits = BTreeMap::from([(other.id(), 500)]);
/// let epoch = Epoch { context: ContextId([7; 32]), number: 3, limits, parts: BTreeMap::new() };
/// let signed = epoch.sign(&authority);
/// assert!(signed.verify(authority.id(), 2).is_ok());
/// assert_eq!(signed.verify(other.id(), 2), Err(EpochError::Signature));
/// assert_eq!(signed.verify(authority.id(), 3), Err(EpochError::Over { number: 3, known: 3 }));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedEpoch {
    epoch: Epoch,
    seal: Seal,
}

/// Why an epoch does not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EpochError {
    /// The context's authority has not signed it.
    #[error("the context's authority has not signed it")]
    Signature,
    /// It is over, or is the one that is known.
    #[error("epoch {number} is over: epoch {known} has begun")]
    Over {
        /// Its number.
        number: u64,
        /// The last that is known.
        known: u64,
    },
    /// It is too far ahead.
    #[error("epoch {number} is more than {MOST_AHEAD} ahead of epoch {known}")]
    Ahead {
        /// Its number.
        number: u64,
        /// The last that is known.
        known: u64,
    },
}

impl Epoch {
    /// Signs it on behalf of the context's authority.
    pub fn sign(self, authority: &Identity) -> SignedEpoch {
        let seal = authority.seal(PURPOSE, &self.bytes());
        SignedEpoch { epoch: self, seal }
    }

    /// How the limit towards a peer is divided among a device and its siblings; nobody holds anything
    /// where the device has no part.
    pub(crate) fn parts_of(&self, device: DeviceId, peer: AuthorityId) -> BTreeMap<DeviceId, u64> {
        let holder = self.parts.values().find(|it| it.contains_key(&device));
        let parts = holder.into_iter().flatten();
        let parts = parts.map(|(device, parts)| (*device, parts.get(&peer).copied().unwrap_or(0)));
        parts.collect()
    }

    fn bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("numbers, arrays and ordered maps always encode")
    }
}

impl SignedEpoch {
    /// The epoch, if `authority` has signed it and it may follow the last that is known.
    pub fn verify(&self, authority: AuthorityId, known: u64) -> Result<&Epoch, EpochError> {
        let number = self.epoch.number;
        if number <= known {
            return Err(EpochError::Over { number, known });
        }
        if number - known > MOST_AHEAD {
            return Err(EpochError::Ahead { number, known });
        }
        if self.seal.signer(PURPOSE, &self.epoch.bytes()) != Some(authority) {
            return Err(EpochError::Signature);
        }
        Ok(&self.epoch)
    }

    /// Of which context it claims to be, before anything was verified.
    pub fn context(&self) -> ContextId {
        self.epoch.context
    }
}
