//! Sessions, guard chain, ledger, effects and transports for choreographies compiled by aura-dsl.
//!
//! Generated code fills the tables of [`machine`] and wraps the states of [`session`]. A send passes
//! the [`guard`] chain and the [`ledger`] before anything leaves; parties in one process are joined
//! directly, parties elsewhere through an [`endpoint`] and its [`frame`]s. This crate knows neither
//! the compiler nor the macros.

#[cfg(test)]
extern crate self as aura_runtime;

/// Takes the protocols into the crate that a build script has compiled with `aura_dsl::build`:
/// `include_aura!("x")` for `x.aura`.
///
/// ```ignore
/// // build.rs: aura_dsl::build::compile("protocols/request_response.aura")?;
/// aura_runtime::include_aura!("request_response");
/// ```
#[macro_export]
macro_rules! include_aura {
    ($name:literal) => {
        ::core::include!(::core::concat!(::core::env!("OUT_DIR"), "/", $name, ".rs"));
    };
}

pub mod budget;
pub mod capability;
pub mod conformance;
pub mod effects;
pub mod endpoint;
pub mod epoch;
#[doc(hidden)]
pub mod export;
pub mod fact;
pub mod frame;
pub mod guard;
pub mod identity;
pub mod journal;
pub mod lattice;
pub mod ledger;
pub mod machine;
pub mod node;
pub mod receipt;
pub mod session;
pub mod store;
mod sync;
pub mod transport;
mod walk;

#[cfg(test)]
#[path = "../tests/request_response/mod.rs"]
mod request_response;
