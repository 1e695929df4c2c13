//! A folder of encrypted files, one a name.
//!
//! Values are sealed with XChaCha20-Poly1305 under a key from a [`KeyProvider`], each with a fresh
//! random nonce of 24 bytes, and bound to their name, so that files cannot be exchanged for one
//! another. File names are keyed hashes: the folder tells how many values there are and how long,
//! and nothing else. A write goes to a new file that takes the old one's place once it is on the
//! disk. Left out on purpose: protection against a folder that is put back as it was.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: this module reads and writes files"
)]

use std::{
    fs::{self, File},
    io::{self, ErrorKind, Write},
    path::{Path, PathBuf},
};

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};
use zeroize::Zeroizing;

use super::{Key, KeyProvider, StorageEffects, StorageError};
use crate::effects::random::{RandomEffects, SystemRandom, bytes};

/// The longest name.
const LONGEST: usize = 255;
const SALT: &str = "salt";
const CHECK: &str = "check";
const NONCE: usize = 24;

/// A folder of encrypted files.
///
/// ```
/// use aura_runtime::effects::storage::{EncryptedFiles, FixedKey, Key, StorageEffects, StorageError};
/// let folder = tempfile::tempdir().unwrap();
/// let key = FixedKey(Key::new([7; 32]));
/// EncryptedFiles::open(folder.path(), &key)?.put("seed", b"secret")?;
/// let again = EncryptedFiles::open(folder.path(), &key)?;
/// assert_eq!(again.get("seed")?.as_deref(), Some(&b"secret"[..]));
/// let other = EncryptedFiles::open(folder.path(), &FixedKey(Key::new([8; 32])));
/// assert!(matches!(other, Err(StorageError::Forged(_))));
/// # Ok::<(), StorageError>(())
/// ```
pub struct EncryptedFiles {
    folder: PathBuf,
    names: Key,
    cipher: XChaCha20Poly1305,
    random: Box<dyn RandomEffects>,
}

impl std::fmt::Debug for EncryptedFiles {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("EncryptedFiles")
            .field("folder", &self.folder)
            .finish_non_exhaustive()
    }
}

impl EncryptedFiles {
    /// Opens a folder, or makes it. Fails at once where it is under another key.
    pub fn open(folder: &Path, keys: &dyn KeyProvider) -> Result<Self, StorageError> {
        fs::create_dir_all(folder).map_err(|error| said(&error))?;
        let random = Box::new(SystemRandom);
        let salt = salt(folder, &*random)?;
        let root = keys.key(&salt)?;
        let cipher =
            XChaCha20Poly1305::new(root.derive("aura 2026 storage values v1").bytes().into());
        let opened = Self {
            folder: folder.to_owned(),
            names: root.derive("aura 2026 storage names v1"),
            cipher,
            random,
        };
        opened.check()?;
        Ok(opened)
    }

    /// A value of the folder's own tells whether the key is the one that it was made with.
    fn check(&self) -> Result<(), StorageError> {
        let path = self.folder.join(CHECK);
        match fs::read(&path) {
            Ok(sealed) => self.unseal(CHECK, &sealed).map(drop),
            Err(error) if error.kind() == ErrorKind::NotFound => {
                replace(&path, &self.seal(CHECK, CHECK, b"")?).map_err(|error| said(&error))
            }
            Err(error) => Err(said(&error)),
        }
    }

    /// The file of a name.
    fn file(&self, name: &str) -> Result<String, StorageError> {
        if name.is_empty() || name.len() > LONGEST {
            return Err(StorageError::Name(name.chars().take(40).collect()));
        }
        let hash = blake3::keyed_hash(self.names.bytes(), name.as_bytes());
        Ok(format!("{}.value", hash.to_hex()))
    }

    /// The nonce, and what is sealed: name and value, bound to the file that they are in.
    fn seal(&self, file: &str, name: &str, value: &[u8]) -> Result<Vec<u8>, StorageError> {
        let nonce: [u8; NONCE] = bytes(&*self.random)?;
        // A name has at most 255 bytes.
        let length = name.len().to_le_bytes()[0];
        let content = Zeroizing::new([&[length][..], name.as_bytes(), value].concat());
        let payload = Payload {
            msg: &content,
            aad: file.as_bytes(),
        };
        let sealed = self.cipher.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| StorageError::Io("the value is too long".to_owned()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    /// Name and value of a file.
    fn unseal(&self, file: &str, sealed: &[u8]) -> Result<(String, Vec<u8>), StorageError> {
        let forged = || StorageError::Forged(file.to_owned());
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or_else(forged)?;
        let payload = Payload {
            msg: sealed,
            aad: file.as_bytes(),
        };
        let content = self.cipher.decrypt(&XNonce::from(*nonce), payload);
        let content = Zeroizing::new(content.map_err(|_| forged())?);
        let (length, rest) = content.split_first().ok_or_else(forged)?;
        let (name, value) = rest
            .split_at_checked(usize::from(*length))
            .ok_or_else(forged)?;
        let name = String::from_utf8(name.to_vec()).map_err(|_| forged())?;
        Ok((name, value.to_vec()))
    }
}

fn said(error: &io::Error) -> StorageError {
    StorageError::Io(error.to_string())
}

fn salt(folder: &Path, random: &dyn RandomEffects) -> Result<[u8; 16], StorageError> {
    let path = folder.join(SALT);
    match fs::read(&path) {
        Ok(found) => found
            .try_into()
            .map_err(|_| StorageError::Forged(SALT.to_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let fresh = bytes(random)?;
            replace(&path, &fresh).map_err(|error| said(&error))?;
            Ok(fresh)
        }
        Err(error) => Err(said(&error)),
    }
}

/// Puts a file in place of another once it is on the disk.
fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A crash in between leaves this file, which the next write takes over.
    let fresh = path.with_extension("new");
    let mut file = File::create(&fresh)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&fresh, path)?;
    // The rename itself is on the disk once the folder is.
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

impl StorageEffects for EncryptedFiles {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let file = self.file(name)?;
        match fs::read(self.folder.join(&file)) {
            Ok(sealed) => {
                let (found, value) = self.unseal(&file, &sealed)?;
                let is_it = found == name;
                is_it
                    .then_some(Some(value))
                    .ok_or_else(|| StorageError::Forged(name.to_owned()))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(said(&error)),
        }
    }

    fn put(&self, name: &str, value: &[u8]) -> Result<(), StorageError> {
        let file = self.file(name)?;
        let sealed = self.seal(&file, name, value)?;
        replace(&self.folder.join(file), &sealed).map_err(|error| said(&error))
    }

    fn remove(&self, name: &str) -> Result<bool, StorageError> {
        match fs::remove_file(self.folder.join(self.file(name)?)) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(said(&error)),
        }
    }

    fn names(&self) -> Result<Vec<String>, StorageError> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder).map_err(|error| said(&error))? {
            let entry = entry.map_err(|error| said(&error))?;
            let file = entry.file_name().to_string_lossy().into_owned();
            if entry.path().extension().is_some_and(|end| end == "value") {
                let sealed = fs::read(entry.path()).map_err(|error| said(&error))?;
                names.push(self.unseal(&file, &sealed)?.0);
            }
        }
        names.sort();
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;
    use crate::effects::storage::{FixedKey, Passphrase};

    fn open(folder: &Path) -> EncryptedFiles {
        EncryptedFiles::open(folder, &FixedKey(Key::new([1; 32]))).unwrap()
    }

    fn files(folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).unwrap();
        let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
        files.retain(|path| path.extension().is_some_and(|end| end == "value"));
        files.sort();
        files
    }

    #[test]
    fn values_stand_under_their_names() {
        let folder = tempfile::tempdir().unwrap();
        let storage = open(folder.path());
        for (name, value) in [
            ("a", &b""[..]),
            ("b/../c", b"2"),
            ("\u{1f511}", &vec![9; 70_000]),
        ] {
            assert_eq!(storage.get(name), Ok(None));
            storage.put(name, b"before").unwrap();
            storage.put(name, value).unwrap();
            assert_eq!(storage.get(name).unwrap().unwrap(), value);
        }
        assert_eq!(
            open(folder.path()).names().unwrap(),
            ["a", "b/../c", "\u{1f511}"]
        );
        assert_eq!(
            (storage.remove("a"), storage.remove("a")),
            (Ok(true), Ok(false))
        );
        for wrong in ["", &"x".repeat(256)] {
            assert!(matches!(
                storage.put(wrong, b""),
                Err(StorageError::Name(_))
            ));
        }
    }

    #[test]
    fn neither_names_nor_values_are_on_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        open(folder.path()).put("the name", b"the value").unwrap();
        let path = files(folder.path()).remove(0);
        let text = fs::read(&path).unwrap();
        for secret in [&b"the name"[..], b"the value"] {
            assert!(!text.windows(secret.len()).any(|found| found == secret));
            assert!(!path.to_string_lossy().contains("the"));
        }
    }

    #[test]
    fn every_changed_byte_is_noticed_and_files_cannot_change_places() {
        let folder = tempfile::tempdir().unwrap();
        let storage = open(folder.path());
        storage.put("one", b"1").unwrap();
        storage.put("two", b"2").unwrap();
        let paths = files(folder.path());
        let [left, right] = [0, 1].map(|at: usize| fs::read(&paths[at]).unwrap());
        for at in 0..left.len() {
            let mut changed = left.clone();
            changed[at] ^= 1;
            fs::write(&paths[0], changed).unwrap();
            assert!(
                matches!(storage.names(), Err(StorageError::Forged(_))),
                "{at}"
            );
        }
        fs::write(&paths[0], right).unwrap();
        fs::write(&paths[1], left).unwrap();
        for name in ["one", "two"] {
            assert!(matches!(storage.get(name), Err(StorageError::Forged(_))));
        }
    }

    #[test]
    fn one_value_is_never_sealed_twice_the_same_way() {
        let folder = tempfile::tempdir().unwrap();
        let storage = open(folder.path());
        storage.put("one", b"1").unwrap();
        let first = fs::read(&files(folder.path())[0]).unwrap();
        storage.put("one", b"1").unwrap();
        assert_ne!(first, fs::read(&files(folder.path())[0]).unwrap());
    }

    #[test]
    fn a_passphrase_opens_what_it_has_closed() {
        let folder = tempfile::tempdir().unwrap();
        let words = |words| Passphrase::with_cost(words, 64, 1).unwrap();
        let storage = EncryptedFiles::open(folder.path(), &words("right")).unwrap();
        storage.put("one", b"1").unwrap();
        let again = EncryptedFiles::open(folder.path(), &words("right")).unwrap();
        assert_eq!(again.get("one").unwrap().unwrap(), b"1");
        let wrong = EncryptedFiles::open(folder.path(), &words("wrong"));
        assert!(matches!(wrong, Err(StorageError::Forged(_))));
    }
}
