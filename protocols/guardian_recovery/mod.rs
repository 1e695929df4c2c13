//! Guardians give a device its keys back, slowly enough that the owner can object.
//!
//! `t` of `n` approvals within a day, a dispute window of 48 hours, and a cooldown that is read from
//! the facts which an earlier recovery left.
//!
//! The choreography is `guardian_recovery.aura`, whose header says what it takes from the seed documents and
//! what it changes; its audit is `audit.txt`.

/// The text of the choreography.
pub const SOURCE: &str = include_str!("guardian_recovery.aura");

aura_macros::aura_protocol!("guardian_recovery/guardian_recovery.aura");
