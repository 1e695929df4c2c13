//! One request, one answer or a declined one, between two parties.
//!
//! The smallest protocol that shows everything a message carries: a capability, a cost, a fact, a
//! leak, and a context. Start reading here.
//!
//! The choreography is `request_response.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

/// The text of the choreography.
pub const SOURCE: &str = include_str!("request_response.aura");

aura_macros::aura_protocol!("request_response/request_response.aura");
