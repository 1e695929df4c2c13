//! Side by side with other systems: exchanges, and what the programs below `bin` share.
//!
//! `exchanges` times a message in every system, `footprint` counts allocations, memory and the time
//! to create a session, `echo` compares guarded sessions over TLS with a bare echo.

// The types of mpstthree are as deep as its protocols are long.
#![recursion_limit = "512"]

pub mod scenario;
pub mod systems;
