//! Bodies of facts under encryption, with XChaCha20-Poly1305.
//!
//! The key comes from a [`KeyProvider`], the nonce of 24 bytes is random, and each body is bound to the
//! id that it stands under. What stays readable: ids, charges (who, to whom, how much, which label) and
//! sums; whoever can guess all of a fact can confirm the guess by its id.

use std::fmt;

use chacha20poly1305::{
    XChaCha20Poly1305, XNonce,
    aead::{Aead, KeyInit, Payload},
};

use super::{
    Content, StoreError,
    rows::{Cell, Digest, decode_fact},
};
use crate::{
    effects::{
        random::{RandomEffects, SystemRandom, bytes},
        storage::KeyProvider,
    },
    fact::Fact,
};

const NONCE: usize = 24;
const CHECK: &[u8] = b"check";

/// The key of a store.
pub(super) struct Vault(XChaCha20Poly1305);

impl fmt::Debug for Vault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vault(..)")
    }
}

impl Vault {
    /// A new vault, and the cell by which it is known again.
    pub(super) fn make(keys: &dyn KeyProvider) -> Result<(Self, Cell), StoreError> {
        let salt = bytes(&SystemRandom as &dyn RandomEffects)
            .map_err(|error| StoreError::Io(error.to_string()))?;
        let vault = Self::derive(keys, &salt)?;
        let check = vault.seal(CHECK, CHECK)?;
        Ok((vault, Cell::Seal { salt, check }))
    }

    /// The vault of a store's cell; fails where the key is another one.
    pub(super) fn open(
        keys: &dyn KeyProvider,
        salt: &[u8; 16],
        check: &[u8],
    ) -> Result<Self, StoreError> {
        let vault = Self::derive(keys, salt)?;
        let is_it = vault
            .unseal(CHECK, check)
            .is_some_and(|found| found == CHECK);
        is_it
            .then_some(vault)
            .ok_or_else(|| StoreError::Key("the store was sealed with another key".to_owned()))
    }

    fn derive(keys: &dyn KeyProvider, salt: &[u8; 16]) -> Result<Self, StoreError> {
        let root = keys.key(salt);
        let root = root.map_err(|error| StoreError::Key(error.to_string()))?;
        let key = root.derive("aura 2026 store bodies v1");
        Ok(Self(XChaCha20Poly1305::new(key.bytes().into())))
    }

    pub(super) fn seal(&self, id: &[u8], body: &[u8]) -> Result<Vec<u8>, StoreError> {
        let nonce: [u8; NONCE] = bytes(&SystemRandom as &dyn RandomEffects)
            .map_err(|error| StoreError::Io(error.to_string()))?;
        let payload = Payload { msg: body, aad: id };
        let sealed = self.0.encrypt(&XNonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| StoreError::Io("a fact is too long".to_owned()))?;
        Ok([&nonce[..], &sealed].concat())
    }

    pub(super) fn unseal(&self, id: &[u8], sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, sealed) = sealed.split_first_chunk::<NONCE>()?;
        let payload = Payload {
            msg: sealed,
            aad: id,
        };
        self.0.decrypt(&XNonce::from(*nonce), payload).ok()
    }
}

/// The vault that a store is opened with: what its cell and the caller's keys say of each other.
pub(super) fn unlock(
    cell: Option<&Cell>,
    keys: Option<&dyn KeyProvider>,
) -> Result<Option<Vault>, StoreError> {
    match (cell, keys) {
        (Some(Cell::Seal { salt, check }), Some(keys)) => Vault::open(keys, salt, check).map(Some),
        (Some(_), None) => Err(StoreError::Key(
            "the store is sealed, and no key was given".to_owned(),
        )),
        (_, Some(_)) => Err(StoreError::Key(
            "a key was given, and the store is not sealed".to_owned(),
        )),
        (None, None) => Ok(None),
    }
}

/// The body and the name of a fact as they are written.
pub(super) fn write_fact(
    id: &Digest,
    fact: &Fact,
    vault: Option<&Vault>,
) -> Result<(String, Vec<u8>), StoreError> {
    let plain = fact.bytes();
    match vault {
        Some(vault) => Ok((String::new(), vault.seal(id, &plain)?)),
        None => Ok((fact.name.clone().into_owned(), plain)),
    }
}

/// The fact of a row, in the clear or behind a seal.
pub(super) fn read_fact<'a>(
    id: &Digest,
    name: &str,
    body: &'a [u8],
    is_sealed: bool,
    vault: Option<&Vault>,
) -> Result<Content<'a>, StoreError> {
    let fact = match vault {
        _ if !is_sealed => decode_fact(body)?,
        None => return Ok(Content::Sealed),
        Some(vault) => decode_fact(vault.unseal(id, body).ok_or_else(|| {
            StoreError::Corrupt("a sealed fact was changed, or stands under another id".to_owned())
        })?)?,
    };
    if !is_sealed && fact.name() != name {
        return Err(StoreError::Corrupt(format!(
            "the fact `{}` stands as `{name}`",
            fact.name()
        )));
    }
    Ok(Content::Fact(fact))
}
