//! Signatures over values, each for one purpose.
//!
//! In: a purpose and a value's bytes. Out: a [`Seal`], which names its signer, or `None` where it does
//! not hold. What is signed is the BLAKE3 of the bytes under a key derived from the purpose, so a
//! signature for one purpose is none for another. Left out on purpose: what the bytes mean, and
//! whether the signer may say so.

use ed25519_dalek::{Signature, Signer as _, VerifyingKey};
use serde::{Deserialize, Serialize};

use super::{AuthorityId, Identity};

/// A signature with the key that made it, of one length whatever was signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seal {
    key: [u8; 32],
    // Two halves, since serde knows no array of 64.
    signature: [[u8; 32]; 2],
}

impl Seal {
    /// Who signed these bytes for this purpose; `None` where nobody did.
    pub fn signer(&self, purpose: &str, bytes: &[u8]) -> Option<AuthorityId> {
        let key = VerifyingKey::from_bytes(&self.key).ok()?;
        let signature = Signature::from_slice(&self.signature.concat()).ok()?;
        key.verify_strict(&blake3::derive_key(purpose, bytes), &signature)
            .ok()?;
        Some(AuthorityId::of(&key))
    }
}

impl Identity {
    /// Signs bytes for a purpose.
    ///
    /// ```
    /// # use aura_runtime::identity::Identity;
    /// let alice = Identity::from_seed([7; 32]);
    /// let seal = alice.seal("example 2026 greeting v1", b"hello");
    /// assert_eq!(seal.signer("example 2026 greeting v1", b"hello"), Some(alice.id()));
    /// assert_eq!(seal.signer("example 2026 parting v1", b"hello"), None);
    /// ```
    pub fn seal(&self, purpose: &str, bytes: &[u8]) -> Seal {
        let signature = self.key.sign(&blake3::derive_key(purpose, bytes));
        Seal {
            key: self.key.verifying_key().to_bytes(),
            signature: [*signature.r_bytes(), *signature.s_bytes()],
        }
    }
}
