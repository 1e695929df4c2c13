//! The authority of a context attests its next epoch, which replenishes the flow budgets in it.
//!
//! `FlowEpoch` attests; `LearnEpoch` shows the attested chain to a member that was away.
//!
//! The choreography is `flow_epoch.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

/// The text of the choreography.
pub const SOURCE: &str = include_str!("flow_epoch.aura");

aura_macros::aura_protocol!("flow_epoch/flow_epoch.aura");
