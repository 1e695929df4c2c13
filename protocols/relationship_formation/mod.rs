//! Two authorities agree to a relationship: a shared secret, and what each trusts the other with.
//!
//! Consent is explicit on both sides, bound to what was said, and recorded in both journals.
//!
//! The choreography is `relationship_formation.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

/// The text of the choreography.
pub const SOURCE: &str = include_str!("relationship_formation.aura");

aura_macros::aura_protocol!("relationship_formation/relationship_formation.aura");
