//! Hashing, signing and verifying, with a domain for each use.
//!
//! Every part is framed by its length, so that two uses, or two ways to cut one text, never meet.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use zeroize::{Zeroize as _, ZeroizeOnDrop};

/// Hashes, signatures.
pub trait CryptoEffects: Send + Sync {
    /// BLAKE3 of these parts, for this use.
    fn hash(&self, domain: &str, parts: &[&[u8]]) -> [u8; 32];

    /// The public key that [`Self::sign`] signs for.
    fn public(&self) -> [u8; 32];

    /// An Ed25519 signature of these parts, for this use.
    fn sign(&self, domain: &str, parts: &[&[u8]]) -> [u8; 64];

    /// Whether `signature` is one of these parts, for this use, by whoever holds `key`.
    fn verify(&self, key: &[u8; 32], domain: &str, parts: &[&[u8]], signature: &[u8; 64]) -> bool;
}

/// BLAKE3 and Ed25519 with a key in memory, in production and, with a fixed seed, in tests. The key is
/// erased when it is dropped, and nothing prints it.
///
/// ```
/// use aura_runtime::effects::crypto::{CryptoEffects, KeyedCrypto};
/// let crypto = KeyedCrypto::from_seed([7; 32]);
/// let signature = crypto.sign("vote", &[b"yes", b"epoch 3"]);
/// let key = crypto.public();
/// assert!(crypto.verify(&key, "vote", &[b"yes", b"epoch 3"], &signature));
/// assert!(!crypto.verify(&key, "veto", &[b"yes", b"epoch 3"], &signature));
/// assert!(!crypto.verify(&key, "vote", &[b"yese", b"poch 3"], &signature), "cut elsewhere");
/// ```
pub struct KeyedCrypto {
    key: SigningKey,
}

impl KeyedCrypto {
    /// The key of a secret of 32 random bytes.
    pub fn from_seed(mut seed: [u8; 32]) -> Self {
        let key = SigningKey::from_bytes(&seed);
        seed.zeroize();
        Self { key }
    }
}

impl ZeroizeOnDrop for KeyedCrypto {}

impl std::fmt::Debug for KeyedCrypto {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("KeyedCrypto(..)")
    }
}

impl CryptoEffects for KeyedCrypto {
    fn hash(&self, domain: &str, parts: &[&[u8]]) -> [u8; 32] {
        let mut hash = blake3::Hasher::new_derive_key("aura 2026 effects hash v1");
        for part in std::iter::once(domain.as_bytes()).chain(parts.iter().copied()) {
            hash.update(&(part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        *hash.finalize().as_bytes()
    }

    fn public(&self) -> [u8; 32] {
        self.key.verifying_key().to_bytes()
    }

    fn sign(&self, domain: &str, parts: &[&[u8]]) -> [u8; 64] {
        self.key.sign(&self.hash(domain, parts)).to_bytes()
    }

    fn verify(&self, key: &[u8; 32], domain: &str, parts: &[&[u8]], signature: &[u8; 64]) -> bool {
        let signature = Signature::from_bytes(signature);
        VerifyingKey::from_bytes(key).is_ok_and(|key| {
            key.verify_strict(&self.hash(domain, parts), &signature)
                .is_ok()
        })
    }
}
