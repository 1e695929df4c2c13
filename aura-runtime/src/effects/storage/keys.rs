//! Where the keys of encrypted storage come from.

use std::fmt;

use zeroize::Zeroizing;

/// 32 secret bytes, erased when they are dropped.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// A key of these bytes.
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The key for one purpose; those for two purposes say nothing of each other.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Self {
        let mut hash = blake3::Hasher::new_keyed(&self.0);
        hash.update(purpose.as_bytes());
        Self::new(*hash.finalize().as_bytes())
    }

    #[cfg(feature = "files")]
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(..)")
    }
}

/// Why there is no key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no key: {0}")]
pub struct KeyError(pub String);

/// A source of the one key that a storage is under: a passphrase, a keyring, a hardware module.
pub trait KeyProvider: Send + Sync {
    /// The key. `salt` is random, and kept beside what is stored.
    fn key(&self, salt: &[u8; 16]) -> Result<Key, KeyError>;
}

/// A key that is there already.
#[derive(Clone, Debug)]
pub struct FixedKey(pub Key);

impl KeyProvider for FixedKey {
    fn key(&self, _: &[u8; 16]) -> Result<Key, KeyError> {
        Ok(self.0.clone())
    }
}

/// A key made of words with Argon2id, which takes memory and time, so that guessing is dear.
#[cfg(feature = "files")]
pub struct Passphrase {
    words: Zeroizing<Vec<u8>>,
    cost: argon2::Params,
}

#[cfg(feature = "files")]
impl Passphrase {
    /// Words, at RFC 9106's second recommendation: 64 MiB, three passes.
    pub fn new(words: &str) -> Result<Self, KeyError> {
        Self::with_cost(words, 64 << 10, 3)
    }

    /// Words, with this much memory in KiB and so many passes.
    pub fn with_cost(words: &str, memory: u32, passes: u32) -> Result<Self, KeyError> {
        let cost = argon2::Params::new(memory, passes, 1, Some(32));
        Ok(Self {
            words: Zeroizing::new(words.as_bytes().to_vec()),
            cost: cost.map_err(|error| KeyError(error.to_string()))?,
        })
    }
}

#[cfg(feature = "files")]
impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(..)")
    }
}

#[cfg(feature = "files")]
impl KeyProvider for Passphrase {
    fn key(&self, salt: &[u8; 16]) -> Result<Key, KeyError> {
        let argon = argon2::Argon2::new(
            argon2::Algorithm::Argon2id,
            argon2::Version::V0x13,
            self.cost.clone(),
        );
        let mut key = Zeroizing::new([0; 32]);
        argon
            .hash_password_into(&self.words, salt, &mut *key)
            .map_err(|error| KeyError(error.to_string()))?;
        Ok(Key(key))
    }
}
