//! The parts of every form and of every example.

pub(crate) mod examples;
pub(crate) mod families;
pub(crate) mod hooks;
pub(crate) mod rounds;
pub(crate) mod threads;
pub(crate) mod timers;
