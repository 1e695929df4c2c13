//! The systems side by side, each in a file of its own.

pub mod aura;
#[cfg(feature = "others")]
mod chorus;
#[cfg(feature = "others")]
mod family;
#[cfg(feature = "others")]
mod ferrite;
#[cfg(feature = "others")]
mod mpstthree;
mod raw;
mod rumpsteak;

use crate::scenario::System;

/// Every system, in the order of the table.
pub fn all() -> Vec<System> {
    vec![
        raw::tokio::SYSTEM,
        raw::futures::SYSTEM,
        rumpsteak::SYSTEM,
        #[cfg(feature = "others")]
        family::rumpsteak_aura::SYSTEM,
        #[cfg(feature = "others")]
        family::telltale::SYSTEM,
        #[cfg(feature = "others")]
        mpstthree::SYSTEM,
        #[cfg(feature = "others")]
        ferrite::SYSTEM,
        #[cfg(feature = "others")]
        chorus::SYSTEM,
        aura::PLAIN,
        aura::FACTS,
        aura::NODES,
    ]
}
