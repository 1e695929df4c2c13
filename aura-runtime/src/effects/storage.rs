//! Bytes under names, kept between runs.
//!
//! A write replaces the whole value, and is there in full or not at all, whatever happens meanwhile.
//! Calls may wait for a disk: an async caller moves them to a thread that may block. Left out on
//! purpose: order between names. What must be written together is one value.

#[cfg(feature = "files")]
mod files;
mod keys;
#[cfg(feature = "files")]
mod outside;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

#[cfg(feature = "files")]
pub use self::files::EncryptedFiles;
#[cfg(feature = "files")]
pub use self::keys::Passphrase;
pub use self::keys::{FixedKey, Key, KeyError, KeyProvider};
#[cfg(feature = "files")]
pub use self::outside::{EnvironmentKey, KeyFile};
use super::random::RandomError;

/// Bytes under names.
pub trait StorageEffects: Send + Sync {
    /// What stands under a name.
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError>;

    /// Puts `value` under a name, in place of what stood there.
    fn put(&self, name: &str, value: &[u8]) -> Result<(), StorageError>;

    /// Removes a name; whether there was one.
    fn remove(&self, name: &str) -> Result<bool, StorageError>;

    /// Every name, in order.
    fn names(&self) -> Result<Vec<String>, StorageError>;
}

/// Why a storage could not.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, thiserror::Error)]
pub enum StorageError {
    /// The disk said no. It may say yes another time.
    #[error("{0}")]
    Io(String),
    /// What is stored was not written by this key, or was changed.
    #[error("`{0}` was written with another key, or was changed")]
    Forged(String),
    /// A name of this length, or with these characters, cannot be stored.
    #[error("`{0}` is no name")]
    Name(String),
    /// There is no key.
    #[error("{0}")]
    Key(String),
}

impl From<KeyError> for StorageError {
    fn from(error: KeyError) -> Self {
        Self::Key(error.to_string())
    }
}

impl From<RandomError> for StorageError {
    fn from(error: RandomError) -> Self {
        Self::Io(error.to_string())
    }
}

impl<S: StorageEffects + ?Sized> StorageEffects for Arc<S> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        (**self).get(name)
    }

    fn put(&self, name: &str, value: &[u8]) -> Result<(), StorageError> {
        (**self).put(name, value)
    }

    fn remove(&self, name: &str) -> Result<bool, StorageError> {
        (**self).remove(name)
    }

    fn names(&self) -> Result<Vec<String>, StorageError> {
        (**self).names()
    }
}

/// A storage that forgets, for tests; it fails when it is told to.
///
/// ```
/// use aura_runtime::effects::storage::{MemoryStorage, StorageEffects, StorageError};
/// let storage = MemoryStorage::default();
/// storage.put("seed", &[7; 32])?;
/// assert_eq!(storage.get("seed")?.as_deref(), Some(&[7; 32][..]));
/// storage.fail_next(2);
/// assert!(storage.get("seed").is_err() && storage.names().is_err());
/// assert_eq!(storage.names()?, ["seed"]);
/// # Ok::<(), StorageError>(())
/// ```
#[derive(Debug, Default)]
pub struct MemoryStorage {
    shelf: Mutex<Shelf>,
}

#[derive(Debug, Default)]
struct Shelf {
    values: BTreeMap<String, Vec<u8>>,
    failing: u32,
}

impl MemoryStorage {
    /// The next calls fail, this many of them.
    pub fn fail_next(&self, count: u32) {
        self.lock().failing = count;
    }

    fn open(&self) -> Result<MutexGuard<'_, Shelf>, StorageError> {
        let mut open = self.lock();
        if open.failing > 0 {
            open.failing -= 1;
            return Err(StorageError::Io("told to fail".to_owned()));
        }
        Ok(open)
    }

    fn lock(&self) -> MutexGuard<'_, Shelf> {
        self.shelf.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StorageEffects for MemoryStorage {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        Ok(self.open()?.values.get(name).cloned())
    }

    fn put(&self, name: &str, value: &[u8]) -> Result<(), StorageError> {
        self.open()?.values.insert(name.to_owned(), value.to_vec());
        Ok(())
    }

    fn remove(&self, name: &str) -> Result<bool, StorageError> {
        Ok(self.open()?.values.remove(name).is_some())
    }

    fn names(&self) -> Result<Vec<String>, StorageError> {
        Ok(self.open()?.values.keys().cloned().collect())
    }
}
