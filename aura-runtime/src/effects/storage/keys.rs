//! Where the keys of encrypted storage come from.

use std::fmt;

use zeroize::{Zeroize as _, ZeroizeOnDrop, Zeroizing};

/// 32 secret bytes, erased when they are dropped.
#[derive(Clone)]
pub struct Key(Zeroizing<[u8; 32]>);

impl Key {
    /// A key of these bytes. The copy that was handed in is erased, the caller's own is the caller's.
    pub fn new(mut bytes: [u8; 32]) -> Self {
        let key = Self(Zeroizing::new(bytes));
        bytes.zeroize();
        key
    }

    /// The key for one purpose; those for two purposes say nothing of each other.
    #[must_use]
    pub fn derive(&self, purpose: &str) -> Self {
        let mut hash = blake3::Hasher::new_keyed(&self.0);
        hash.update(purpose.as_bytes());
        let mut derived = hash.finalize();
        let key = Self::new(*derived.as_bytes());
        derived.zeroize();
        hash.zeroize();
        key
    }

    #[cfg(feature = "files")]
    pub(crate) fn bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl ZeroizeOnDrop for Key {}

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

impl ZeroizeOnDrop for FixedKey {}

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
impl ZeroizeOnDrop for Passphrase {}

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
        // Whoever finds what was filled could guess at words without filling as much for each guess.
        let mut memory = Zeroizing::new(Vec::new());
        let blocks = self.cost.block_count();
        let room = memory.try_reserve_exact(blocks);
        room.map_err(|_| KeyError(format!("no memory for {blocks} KiB")))?;
        memory.resize(blocks, argon2::Block::default());
        argon
            .hash_password_into_with_memory(&self.words, salt, &mut *key, &mut memory[..])
            .map_err(|error| KeyError(error.to_string()))?;
        Ok(Key(key))
    }
}
