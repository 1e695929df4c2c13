//! A member brings its ratchet tree up to date with its group, and the group's with its own.
//!
//! `t` of `k` answers within three seconds, and what the member then holds goes back to all. What the
//! group signs of an operation stands here: [`digest`], and [`attested`], without which none is applied.
//!
//! The choreography is `tree_sync.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

use aura_runtime::effects::crypto::CryptoEffects;

/// The text of the choreography.
pub const SOURCE: &str = include_str!("tree_sync.aura");

aura_macros::aura_protocol!("tree_sync/tree_sync.aura");

const USE: &str = "tree operation";

/// What a threshold of the group signs of an operation: the parent's epoch and root, and the body.
pub fn digest(crypto: &impl CryptoEffects, (epoch, root, body, _): &TreeOp) -> [u8; 32] {
    crypto.hash(USE, &[&epoch.to_le_bytes(), root, body])
}

/// Whether an operation carries the signature of the group whose public key this is.
pub fn attested(
    crypto: &impl CryptoEffects,
    group: &[u8; 32],
    (epoch, root, body, signature): &TreeOp,
) -> bool {
    let parts: [&[u8]; 3] = [&epoch.to_le_bytes(), root, body];
    crypto.verify(group, USE, &parts, signature)
}
