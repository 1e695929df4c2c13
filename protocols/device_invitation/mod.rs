//! A device invites another into its account, whose devices approve it before it is added.
//!
//! The invitation is in the relationship of the two, the vote in the group of the account, and what
//! crosses between them crosses in a bridge.
//!
//! The choreography is `device_invitation.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

/// The text of the choreography.
pub const SOURCE: &str = include_str!("device_invitation.aura");

aura_macros::aura_protocol!("device_invitation/device_invitation.aura");
