//! The devices of an account derive one key for a context, from contributions that were fixed unseen.
//!
//! Commit, fix the set, reveal, confirm. What is hashed on the way stands here: [`commit`] hides a
//! contribution until the set is fixed, [`derive()`] refuses reveals that are not those of the set.
//!
//! The choreography is `dkd.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

use aura_runtime::effects::crypto::CryptoEffects;

/// The text of the choreography.
pub const SOURCE: &str = include_str!("dkd.aura");

aura_macros::aura_protocol!("dkd/dkd.aura");

/// Hides a contribution, of the device with this number, behind a nonce that is random and used once.
pub fn commit(
    crypto: &impl CryptoEffects,
    device: u16,
    contribution: &[u8; 32],
    nonce: &[u8; 32],
) -> [u8; 32] {
    crypto.hash(
        "dkd commitment",
        &[&device.to_le_bytes(), contribution, nonce],
    )
}

/// The key of these reveals, for an application and a context.
///
/// `set` is the contributor set that was fixed, `all` what was revealed, both by number. The order in
/// which they arrived does not matter.
///
/// # Errors
///
/// If a device of the set has not revealed, has revealed something else than it committed to, or
/// somebody revealed who is not in the set. There is then no key, whatever the others revealed.
pub fn derive(
    crypto: &impl CryptoEffects,
    (app, context): (&str, &[u8]),
    set: &[(u16, [u8; 32])],
    all: &[(u16, [u8; 32], [u8; 32])],
) -> Result<[u8; 32], NotTheSet> {
    let mut set = set.to_vec();
    let mut all = all.to_vec();
    set.sort_unstable();
    all.sort_unstable();
    if let Some(pair) = set.windows(2).find(|pair| pair[0].0 == pair[1].0) {
        return Err(NotTheSet(pair[0].0));
    }
    let mut parts: Vec<&[u8]> = vec![app.as_bytes(), context];
    let mut reveals = all.iter();
    for (device, commitment) in &set {
        match reveals.next() {
            Some((number, contribution, nonce))
                if number == device
                    && commit(crypto, *number, contribution, nonce) == *commitment =>
            {
                parts.push(contribution);
            }
            _ => return Err(NotTheSet(*device)),
        }
    }
    match reveals.next() {
        Some((stranger, ..)) => Err(NotTheSet(*stranger)),
        None => Ok(crypto.hash("dkd key", &parts)),
    }
}

/// What a device may show of a key: a hash that is no use for anything but comparing.
pub fn check(crypto: &impl CryptoEffects, key: &[u8; 32]) -> [u8; 32] {
    crypto.hash("dkd check", &[key])
}

/// The reveals are not those of the fixed set: the device at which they part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotTheSet(pub u16);

impl std::fmt::Display for NotTheSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self(device) = self;
        write!(f, "what device {device} revealed is not what was fixed")
    }
}

impl std::error::Error for NotTheSet {}
