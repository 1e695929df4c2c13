//! Effects: everything that the runtime asks of the world, as traits.
//!
//! Each effect can be used statically, as a type parameter, and erased, as `dyn`, for stacks that are
//! put together at run time. Each has an implementation for production and one for tests, which is
//! deterministic and has no input or output of its own.

pub mod network;
pub mod random;
pub mod time;
