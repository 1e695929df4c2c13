//! A group that signs with FROST (RFC 9591, Ed25519): what comes out verifies under the group's key as any
//! Ed25519 signature does.

use std::{collections::BTreeMap, fmt::Display};

use aura_runtime::session::LocalError;
use frost_ed25519::{
    Identifier, SigningPackage, aggregate,
    keys::{IdentifierList, KeyPackage, PublicKeyPackage, generate_with_dealer},
    rand_core::{CryptoRng, Error, RngCore, impls},
    round1::{SigningCommitments, SigningNonces, commit},
    round2::{SignatureShare, sign},
};

/// A signer's number, and the commitment to its nonces.
pub(super) type Commitment = (u16, Vec<u8>);

/// The system's random numbers, in the form that FROST asks for.
struct System;

impl RngCore for System {
    fn next_u32(&mut self) -> u32 {
        impls::next_u32_via_fill(self)
    }

    fn next_u64(&mut self) -> u64 {
        impls::next_u64_via_fill(self)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        getrandom::fill(bytes).unwrap();
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Error> {
        self.fill_bytes(bytes);
        Ok(())
    }
}

impl CryptoRng for System {}

pub(super) fn refused(why: impl Display) -> LocalError {
    LocalError::new(why)
}

fn identifier(number: u16) -> Result<Identifier, LocalError> {
    // FROST counts its participants from 1.
    Identifier::try_from(number + 1).map_err(refused)
}

/// What a package stands for, and what is signed: the message, under these commitments.
fn package(message: &[u8], signers: &[Commitment]) -> Result<SigningPackage, LocalError> {
    let mut commitments = BTreeMap::new();
    for (number, commitment) in signers {
        let commitment = SigningCommitments::deserialize(commitment).map_err(refused)?;
        commitments.insert(identifier(*number)?, commitment);
    }
    Ok(SigningPackage::new(commitments, message))
}

/// The signature of these signers' shares.
pub(super) fn combine<'s>(
    keys: &PublicKeyPackage,
    message: &[u8],
    signers: &[Commitment],
    shares: impl Iterator<Item = (u32, &'s [u8])>,
) -> Result<[u8; 64], LocalError> {
    let mut all = BTreeMap::new();
    for (index, share) in shares {
        let number = u16::try_from(index).map_err(refused)?;
        let share = SignatureShare::deserialize(share).map_err(refused)?;
        all.insert(identifier(number)?, share);
    }
    let signature = aggregate(&package(message, signers)?, &all, keys).map_err(refused)?;
    let bytes = signature.serialize().map_err(refused)?;
    bytes.try_into().map_err(|_| refused("no 64 bytes"))
}

/// A signer with its share, and its nonces from the commitment to the share.
pub(super) struct Signer {
    pub(super) number: u16,
    key: KeyPackage,
    nonces: Option<SigningNonces>,
}

impl Signer {
    pub(super) fn commits(&mut self) -> Result<Commitment, LocalError> {
        let (nonces, commitments) = commit(self.key.signing_share(), &mut System);
        self.nonces = Some(nonces);
        Ok((self.number, commitments.serialize().map_err(refused)?))
    }

    /// Its share, if it is one of these signers. Nonces are used up here, whatever comes of it.
    pub(super) fn share(
        &mut self,
        message: &[u8],
        signers: &[Commitment],
    ) -> Result<Option<Vec<u8>>, LocalError> {
        let nonces = self.nonces.take();
        let fixed = signers.iter().any(|(number, _)| *number == self.number);
        let (true, Some(nonces)) = (fixed, nonces) else {
            return Ok(None);
        };
        let package = package(message, signers)?;
        let share = sign(&package, &nonces, &self.key).map_err(refused)?;
        Ok(Some(share.serialize()))
    }
}

/// A group whose members hold the shares of one key.
pub(super) struct Group {
    shares: Vec<KeyPackage>,
    pub(super) keys: PublicKeyPackage,
}

impl Group {
    pub(super) fn new(members: u16, threshold: u16) -> Self {
        let list = IdentifierList::Default;
        let (shares, keys) = generate_with_dealer(members, threshold, list, System).unwrap();
        let shares = shares.into_values();
        let shares = shares.map(|share| KeyPackage::try_from(share).unwrap());
        Self {
            shares: shares.collect(),
            keys,
        }
    }

    /// The public key that its signatures verify under.
    pub(super) fn key(&self) -> [u8; 32] {
        let key = self.keys.verifying_key().serialize().unwrap();
        key.try_into().unwrap()
    }

    pub(super) fn signers(&self) -> impl Iterator<Item = Signer> {
        (0..).zip(&self.shares).map(|(number, key)| Signer {
            number,
            key: key.clone(),
            nonces: None,
        })
    }

    /// A signature of all its members, as a ceremony would have made it.
    pub(super) fn sign(&self, message: &[u8]) -> [u8; 64] {
        let mut signers: Vec<_> = self.signers().collect();
        let commitments = signers.iter_mut().map(|signer| signer.commits().unwrap());
        let commitments: Vec<_> = commitments.collect();
        let shares = signers.iter_mut().map(|signer| {
            let share = signer.share(message, &commitments).unwrap().unwrap();
            (u32::from(signer.number), share)
        });
        let shares: Vec<_> = shares.collect();
        let shares = shares.iter().map(|(number, share)| (*number, &share[..]));
        combine(&self.keys, message, &commitments, shares).unwrap()
    }
}

/// Whoever holds a share or a nonce signs for the group: neither outlives its value, nor is printed.
#[test]
fn shares_and_nonces_are_erased_and_not_printed() {
    fn is_erased<T: zeroize::ZeroizeOnDrop>(_: &T) {}
    let group = Group::new(4, 3);
    for key in &group.shares {
        let (nonces, _) = commit(key.signing_share(), &mut System);
        is_erased(key);
        is_erased(&nonces);
        let printed = format!("{key:?} {nonces:?} {key:#?}").to_lowercase();
        for secret in [
            key.signing_share().serialize(),
            nonces.hiding().serialize(),
            nonces.binding().serialize(),
        ] {
            let digits = secret[..8].iter().map(|byte| format!("{byte:02x}"));
            assert!(!printed.contains(&digits.collect::<String>()), "{printed}");
            let numbers = secret[..4].iter().map(u8::to_string);
            let numbers = numbers.collect::<Vec<_>>().join(", ");
            assert!(!printed.contains(&numbers), "{printed}");
        }
    }
}
