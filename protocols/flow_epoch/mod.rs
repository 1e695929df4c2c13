//! The authority of a context attests its next epoch, which replenishes the flow budgets in it.
//!
//! `FlowEpoch` attests; `LearnEpoch` shows the attested chain to a member that was away. What is signed of an
//! epoch stands here: [`digest`], and [`attested`], without which no budget is replenished.
//!
//! The choreography is `flow_epoch.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

use aura_runtime::effects::crypto::CryptoEffects;

/// The text of the choreography.
pub const SOURCE: &str = include_str!("flow_epoch.aura");

aura_macros::aura_protocol!("flow_epoch/flow_epoch.aura");

const USE: &str = "flow epoch";

/// What a threshold of a context's authority signs of an epoch: the context, the epoch, and the hash of
/// its limits.
pub fn digest(
    crypto: &impl CryptoEffects,
    context: &ContextId,
    epoch: u64,
    limits: &Hash,
) -> [u8; 32] {
    crypto.hash(USE, &[context, &epoch.to_le_bytes(), limits])
}

/// Whether an epoch of this context carries the signature of the authority whose public key this is.
pub fn attested(
    crypto: &impl CryptoEffects,
    authority: &[u8; 32],
    context: &ContextId,
    (epoch, limits, signature): &Attestation,
) -> bool {
    let parts: [&[u8]; 3] = [context, &epoch.to_le_bytes(), limits];
    crypto.verify(authority, USE, &parts, signature)
}
