//! What generated code needs besides the runtime itself, so that a crate with a protocol depends on
//! `aura-runtime` alone.

pub use serde;

/// What generated code and this crate must agree on, as a number: `aura_dsl::emit::rust::INTERFACE`
/// is the same, and generated code compares the two when it is compiled.
pub const INTERFACE: u32 = 1;

/// Arrays of any length, which serde carries up to 32 elements by itself.
pub mod array {
    use std::{fmt, marker::PhantomData};

    use serde::{
        Deserialize, Deserializer, Serialize, Serializer,
        de::{Error, SeqAccess, Visitor},
        ser::SerializeTuple,
    };

    /// Writes the elements, without a length.
    pub fn serialize<S: Serializer, T: Serialize, const N: usize>(
        array: &[T; N],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(N)?;
        for element in array {
            tuple.serialize_element(element)?;
        }
        tuple.end()
    }

    /// Reads exactly `N` elements.
    pub fn deserialize<'de, D: Deserializer<'de>, T: Deserialize<'de>, const N: usize>(
        deserializer: D,
    ) -> Result<[T; N], D::Error> {
        struct Elements<T, const N: usize>(PhantomData<T>);

        impl<'de, T: Deserialize<'de>, const N: usize> Visitor<'de> for Elements<T, N> {
            type Value = [T; N];

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{N} elements")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<[T; N], A::Error> {
                let mut read = Vec::with_capacity(N.min(4096));
                while let Some(element) = elements.next_element()? {
                    read.push(element);
                }
                let found = read.len();
                read.try_into()
                    .map_err(|_| A::Error::invalid_length(found, &self))
            }
        }

        deserializer.deserialize_tuple(N, Elements(PhantomData))
    }
}
