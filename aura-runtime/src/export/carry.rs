//! Arrays of any length and runs of bytes, wherever they stand in a type: serde carries arrays up to
//! 32 elements, and a `Vec<u8>` byte by byte.
//!
//! In: a value of the types that a protocol can declare. Out: the bytes that serde would write if it
//! could: an array is its elements, without a length; a `Vec<u8>` is its length and its bytes, which
//! are copied at once. Generated code uses this for the fields and payloads that hold either, and
//! for those alone.

use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    fmt,
    marker::PhantomData,
};

use serde::{
    Deserialize, Deserializer, Serialize, Serializer,
    de::{Error, SeqAccess, Visitor},
    ser::SerializeTuple,
};

/// What can be carried.
pub trait Carry: Sized {
    /// Writes the value.
    fn carry<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads it.
    fn bring<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;

    /// Writes several: one after the other, unless they are bytes.
    fn carry_all<S: Serializer>(all: &[Self], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(all.iter().map(Carried))
    }

    /// Reads several.
    fn bring_all<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Self>, D::Error> {
        let read = Vec::<Brought<Self>>::deserialize(deserializer)?;
        Ok(read.into_iter().map(|Brought(element)| element).collect())
    }
}

/// For `#[serde(with)]`.
pub fn serialize<S: Serializer, T: Carry>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    value.carry(serializer)
}

/// For `#[serde(with)]`.
pub fn deserialize<'de, D: Deserializer<'de>, T: Carry>(deserializer: D) -> Result<T, D::Error> {
    T::bring(deserializer)
}

/// The bytes of a payload.
pub fn encode<T: Carry>(payload: &T) -> Result<Vec<u8>, String> {
    crate::session::encode_payload(&Carried(payload))
}

/// The payload of the bytes, all of them, or nothing.
pub fn decode<T: Carry>(bytes: &[u8]) -> Option<T> {
    crate::session::decode_payload(bytes).map(|Brought(value)| value)
}

/// The bytes of a field.
pub fn encode_field<T: Carry>(field: &T) -> Option<Vec<u8>> {
    encode(field).ok()
}

/// A value on its way out.
struct Carried<'a, T>(&'a T);

impl<T: Carry> Serialize for Carried<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.carry(serializer)
    }
}

/// A value on its way in.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Brought<T>(T);

impl<'de, T: Carry> Deserialize<'de> for Brought<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::bring(deserializer).map(Self)
    }
}

macro_rules! plain {
    ($($ty:ty)*) => {
        $(impl Carry for $ty {
            fn carry<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.serialize(serializer)
            }

            fn bring<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Self::deserialize(deserializer)
            }
        })*
    };
}

plain!(() bool char u16 u32 u64 u128 i8 i16 i32 i64 i128 String);

impl Carry for u8 {
    fn carry<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize(serializer)
    }

    fn bring<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::deserialize(deserializer)
    }

    fn carry_all<S: Serializer>(all: &[Self], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(all)
    }

    fn bring_all<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Self>, D::Error> {
        deserializer.deserialize_byte_buf(Bytes)
    }
}

struct Bytes;

impl<'de> Visitor<'de> for Bytes {
    type Value = Vec<u8>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("bytes")
    }

    fn visit_bytes<E: Error>(self, bytes: &[u8]) -> Result<Vec<u8>, E> {
        Ok(bytes.to_vec())
    }

    fn visit_byte_buf<E: Error>(self, bytes: Vec<u8>) -> Result<Vec<u8>, E> {
        Ok(bytes)
    }

    /// A format without bytes of its own, such as JSON, has a sequence instead.
    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Vec<u8>, A::Error> {
        let mut read = Vec::new();
        while let Some(element) = elements.next_element()? {
            read.push(element);
        }
        Ok(read)
    }
}

impl<T: Carry> Carry for Vec<T> {
    fn carry<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        T::carry_all(self, serializer)
    }

    fn bring<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::bring_all(deserializer)
    }
}

impl<T: Carry, const N: usize> Carry for [T; N] {
    fn carry<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut tuple = serializer.serialize_tuple(N)?;
        for element in self {
            tuple.serialize_element(&Carried(element))?;
        }
        tuple.end()
    }

    fn bring<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_tuple(N, Elements(PhantomData))
    }
}

struct Elements<T, const N: usize>(PhantomData<T>);

impl<'de, T: Carry, const N: usize> Visitor<'de> for Elements<T, N> {
    type Value = [T; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{N} elements")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<[T; N], A::Error> {
        let mut read = Vec::with_capacity(N.min(4096));
        while let Some(Brought(element)) = elements.next_element()? {
            read.push(element);
        }
        let found = read.len();
        read.try_into()
            .map_err(|_| A::Error::invalid_length(found, &self))
    }
}

macro_rules! collections {
    ($($name:ident: $($bound:ident)*;)*) => {
        $(impl<T: Carry $(+ $bound)*> Carry for $name<T> {
            fn carry<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(self.iter().map(Carried))
            }

            fn bring<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let read = $name::<Brought<T>>::deserialize(deserializer)?;
                Ok(read.into_iter().map(|Brought(element)| element).collect())
            }
        })*
    };
}

collections! {
    VecDeque:;
    BTreeSet: Ord;
}

impl<K: Carry + Ord, V: Carry> Carry for BTreeMap<K, V> {
    fn carry<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            self.iter()
                .map(|(key, value)| (Carried(key), Carried(value))),
        )
    }

    fn bring<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = BTreeMap::<Brought<K>, Brought<V>>::deserialize(deserializer)?;
        Ok(read
            .into_iter()
            .map(|(key, value)| (key.0, value.0))
            .collect())
    }
}

impl<T: Carry> Carry for Option<T> {
    fn carry<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref().map(Carried).serialize(serializer)
    }

    fn bring<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Option::<Brought<T>>::deserialize(deserializer)?.map(|Brought(value)| value))
    }
}

impl<T: Carry> Carry for Box<T> {
    fn carry<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (**self).carry(serializer)
    }

    fn bring<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::bring(deserializer).map(Box::new)
    }
}

impl<T: Carry, E: Carry> Carry for Result<T, E> {
    fn carry<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.as_ref()
            .map(Carried)
            .map_err(Carried)
            .serialize(serializer)
    }

    fn bring<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let read = Result::<Brought<T>, Brought<E>>::deserialize(deserializer)?;
        Ok(read
            .map(|Brought(value)| value)
            .map_err(|Brought(value)| value))
    }
}

macro_rules! tuples {
    ($(($($name:ident $at:tt)+))*) => {
        $(impl<$($name: Carry),+> Carry for ($($name,)+) {
            fn carry<Z: Serializer>(&self, serializer: Z) -> Result<Z::Ok, Z::Error> {
                ($(Carried(&self.$at),)+).serialize(serializer)
            }

            fn bring<'de, Z: Deserializer<'de>>(deserializer: Z) -> Result<Self, Z::Error> {
                let read = <($(Brought<$name>,)+)>::deserialize(deserializer)?;
                Ok(($(read.$at.0,)+))
            }
        })*
    };
}

tuples! {
    (A 0)
    (A 0 B 1)
    (A 0 B 1 C 2)
    (A 0 B 1 C 2 D 3)
    (A 0 B 1 C 2 D 3 E 4)
    (A 0 B 1 C 2 D 3 E 4 F 5)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6)
    (A 0 B 1 C 2 D 3 E 4 F 5 G 6 H 7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_arrays_go_both_ways_wherever_they_stand() {
        type Deep = Vec<(Option<[u8; 64]>, BTreeMap<u8, [u16; 33]>)>;
        let deep: Deep = vec![
            (Some([7; 64]), BTreeMap::from([(1, [2; 33])])),
            (None, BTreeMap::new()),
        ];
        let bytes = encode(&deep).unwrap_or_default();
        assert_eq!(decode::<Deep>(&bytes), Some(deep));
        assert_eq!(decode::<Deep>(&bytes[..bytes.len() - 1]), None);
    }

    #[test]
    fn bytes_are_the_bytes_that_serde_gives_them() {
        for length in [0, 1, 127, 128, 20_000] {
            let body: Vec<u8> = (0u8..=255).cycle().take(length).collect();
            let value = (3u16, Some(body.clone()), vec![body]);
            let bytes = encode(&value).unwrap_or_default();
            assert_eq!(
                crate::session::encode_payload(&value).ok(),
                Some(bytes.clone())
            );
            assert_eq!(decode(&bytes), Some(value));
            assert_eq!(
                decode::<(u16, Option<Vec<u8>>, Vec<Vec<u8>>)>(&bytes[..bytes.len() - 1]),
                None
            );
        }
        // A length beyond what is there takes no memory.
        assert_eq!(decode::<Vec<u8>>(&[255, 255, 255, 255, 15, 1]), None);
    }

    #[test]
    fn short_ones_have_the_bytes_that_serde_gives_them() {
        let value = (vec![[1u8; 4]], Some(true), Ok::<u8, String>(3));
        assert_eq!(
            encode(&value).ok(),
            crate::session::encode_payload(&value).ok()
        );
    }
}
