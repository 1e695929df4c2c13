//! What generated code needs besides the runtime itself, so that a crate with a protocol depends on
//! `aura-runtime` alone.

pub use futures::future::try_join;
pub use serde;

/// What generated code and this crate must agree on, as a number: `aura_dsl::emit::rust::INTERFACE`
/// is the same, and generated code compares the two when it is compiled.
pub const INTERFACE: u32 = 4;

/// The seal of what a compiler made for this runtime. Every protocol and role carries one, so that
/// neither is taken for compiled that was not: generated code names it, and nothing else has a reason
/// to. What somebody wrote by hand and sealed all the same is still walked, charged and guarded by the
/// tables, which [`Protocol::check`](crate::machine::Protocol::check) has found to hang together.
#[doc(hidden)]
#[derive(Clone, Copy, Debug)]
pub struct Compiled(());

impl Compiled {
    /// By a compiler of this interface; does not compile for any but [`INTERFACE`].
    pub const fn by(interface: u32) -> Self {
        assert!(
            interface == INTERFACE,
            "this was compiled for another version of aura-runtime"
        );
        Self(())
    }
}

/// What a condition compares.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub enum Value<'v> {
    /// A number of any size: one beyond 127 bits counts as the largest.
    Integer(i128),
    /// A truth value.
    Bool(bool),
    /// A text.
    Text(&'v str),
}

/// Whether a condition holds.
pub fn truth(value: &Value<'_>) -> bool {
    matches!(value, Value::Bool(true))
}

/// What a condition can read.
pub trait Readable {
    /// The value.
    fn read(&self) -> Value<'_>;
}

macro_rules! integers {
    ($($integer:ty)*) => {
        $(impl Readable for $integer {
            fn read(&self) -> Value<'_> {
                Value::Integer(i128::try_from(*self).unwrap_or(i128::MAX))
            }
        })*
    };
}

integers!(u8 u16 u32 u64 u128 i8 i16 i32 i64 i128);

impl Readable for bool {
    fn read(&self) -> Value<'_> {
        Value::Bool(*self)
    }
}

impl Readable for str {
    fn read(&self) -> Value<'_> {
        Value::Text(self)
    }
}

impl Readable for String {
    fn read(&self) -> Value<'_> {
        Value::Text(self)
    }
}

pub mod carry;
