//! Hashes and signatures on a tape.
//!
//! These calls cannot fail, so one that was not recorded gets nothing: zeros for a hash, a key or a
//! signature, and `false` for a verification. The tape's verdict tells. What is hashed stands on the
//! tape as it was given.

use super::{Played, Recorded};
use crate::effects::crypto::CryptoEffects;

impl<E: CryptoEffects> CryptoEffects for Recorded<E> {
    fn hash(&self, domain: &str, parts: &[&[u8]]) -> [u8; 32] {
        let hash = self.inner.hash(domain, parts);
        self.tape.record("crypto.hash", &(domain, parts), hash)
    }

    fn public(&self) -> [u8; 32] {
        self.tape.record("crypto.public", &(), self.inner.public())
    }

    fn sign(&self, domain: &str, parts: &[&[u8]]) -> [u8; 64] {
        let signature = self.inner.sign(domain, parts);
        self.tape
            .record("crypto.sign", &(domain, parts), signature.to_vec());
        signature
    }

    fn verify(&self, key: &[u8; 32], domain: &str, parts: &[&[u8]], signature: &[u8; 64]) -> bool {
        let valid = self.inner.verify(key, domain, parts, signature);
        let arguments = (key, domain, parts, &signature[..]);
        self.tape.record("crypto.verify", &arguments, valid)
    }
}

impl CryptoEffects for Played {
    fn hash(&self, domain: &str, parts: &[&[u8]]) -> [u8; 32] {
        let played = self.tape.play("crypto.hash", &(domain, parts));
        played.unwrap_or_default()
    }

    fn public(&self) -> [u8; 32] {
        self.tape.play("crypto.public", &()).unwrap_or_default()
    }

    fn sign(&self, domain: &str, parts: &[&[u8]]) -> [u8; 64] {
        let played = self.tape.play::<Vec<u8>>("crypto.sign", &(domain, parts));
        let signature = played.ok().and_then(|bytes| bytes.try_into().ok());
        signature.unwrap_or([0; 64])
    }

    fn verify(&self, key: &[u8; 32], domain: &str, parts: &[&[u8]], signature: &[u8; 64]) -> bool {
        let arguments = (key, domain, parts, &signature[..]);
        self.tape
            .play("crypto.verify", &arguments)
            .unwrap_or_default()
    }
}
