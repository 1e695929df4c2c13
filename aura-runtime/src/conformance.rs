//! What anything that takes the place of a part must do, as suites that anyone can run.

pub mod store;
pub mod transport;
