//! A device invites another into its account, whose devices approve it before it is added.
//!
//! The invitation is in the relationship of the two, the vote in the group of the account, and what
//! crosses between them crosses in a bridge. What is signed on the way stands here: [`prove`] that a device
//! holds its key, and the vote on a [`Candidate`].
//!
//! The choreography is `device_invitation.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

use std::collections::BTreeSet;

use aura_runtime::effects::crypto::CryptoEffects;

/// The text of the choreography.
pub const SOURCE: &str = include_str!("device_invitation.aura");

aura_macros::aura_protocol!("device_invitation/device_invitation.aura");

const POSSESSION: &str = "device invitation possession";
const VOTE: &str = "device invitation vote";

/// The invitee's proof, for one invitation, that it holds its key.
pub fn prove(invitee: &impl CryptoEffects, cid: &Cid) -> Signature {
    invitee.sign(POSSESSION, &[cid, &invitee.public()])
}

/// Whether this is the proof of whoever holds the key `device`, for this invitation.
pub fn proven(
    crypto: &impl CryptoEffects,
    cid: &Cid,
    device: &DeviceKey,
    possession: &Signature,
) -> bool {
    crypto.verify(device, POSSESSION, &[cid, device], possession)
}

/// What the devices of an account vote on: that a device is added, by an invitation, as of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The account to which it is added.
    pub account: AccountId,
    /// The invitation that it accepted.
    pub cid: Cid,
    /// The key that it has shown to hold.
    pub device: DeviceKey,
    /// The epoch from which on it belongs to the account.
    pub epoch: u64,
}

impl Candidate {
    /// A device's vote for it.
    pub fn vote(&self, voter: &impl CryptoEffects) -> Signature {
        let epoch = self.epoch.to_le_bytes();
        voter.sign(VOTE, &self.parts(&epoch))
    }

    /// How many of the account's devices, given by their keys, have voted for it. A vote counts once, and
    /// only under the key of the device whose number it carries.
    pub fn votes(&self, crypto: &impl CryptoEffects, keys: &[DeviceKey], votes: &[Vote]) -> usize {
        let epoch = self.epoch.to_le_bytes();
        let parts = self.parts(&epoch);
        let genuine = votes.iter().filter(|(number, vote)| {
            let key = keys.get(usize::from(*number));
            key.is_some_and(|key| crypto.verify(key, VOTE, &parts, vote))
        });
        let devices: BTreeSet<_> = genuine.map(|(number, _)| number).collect();
        devices.len()
    }

    fn parts<'p>(&'p self, epoch: &'p [u8; 8]) -> [&'p [u8]; 4] {
        [&self.account, &self.cid, &self.device, epoch]
    }
}
