//! Bytes that nobody can guess.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: the system's random source is read here"
)]

use std::sync::{Mutex, PoisonError};

/// A source of random bytes.
pub trait RandomEffects: Send + Sync {
    /// Fills all of `bytes`, or fails and leaves them as they were.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// The source has failed. Nothing secret may be made without it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no random bytes: {0}")]
pub struct RandomError(pub String);

/// `N` random bytes.
///
/// ```
/// use aura_runtime::effects::random::{SystemRandom, bytes};
/// let (a, b): ([u8; 16], [u8; 16]) = (bytes(&SystemRandom)?, bytes(&SystemRandom)?);
/// assert_ne!(a, b);
/// # Ok::<(), aura_runtime::effects::random::RandomError>(())
/// ```
pub fn bytes<const N: usize>(
    random: &(impl RandomEffects + ?Sized),
) -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    Ok(bytes)
}

/// The system's random source.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl RandomEffects for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        getrandom::fill(bytes).map_err(|error| RandomError(error.to_string()))
    }
}

/// Bytes that a seed decides, for tests: BLAKE3's output of the seed, read on and on.
///
/// ```
/// use aura_runtime::effects::random::{SeededRandom, bytes};
/// let (a, b) = (SeededRandom::new(7), SeededRandom::new(7));
/// assert_eq!(bytes::<8>(&a), bytes::<8>(&b));
/// assert_ne!(bytes::<8>(&a), bytes::<8>(&SeededRandom::new(7)), "the second eight, and the first");
/// ```
#[derive(Debug)]
pub struct SeededRandom {
    output: Mutex<blake3::OutputReader>,
}

impl SeededRandom {
    /// The bytes of this seed.
    pub fn new(seed: u64) -> Self {
        let mut hash = blake3::Hasher::new_derive_key("aura 2026 seeded random v1");
        hash.update(&seed.to_le_bytes());
        Self {
            output: Mutex::new(hash.finalize_xof()),
        }
    }
}

impl RandomEffects for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        let mut output = self.output.lock().unwrap_or_else(PoisonError::into_inner);
        output.fill(bytes);
        Ok(())
    }
}
