//! Facts as they are stored.
//!
//! In: the bytes of a store, of which there are many. Out: a [`WrittenFact`], which is known to be a
//! fact, in the one way that it is written, and has not been taken apart: whoever counts, checks or
//! keeps facts needs no strings of their own.

use std::borrow::Cow;

use super::{Fact, FactId, id, origin_of};

/// A fact as a store holds it: postcard bytes, borrowed or owned.
///
/// ```
/// use aura_runtime::fact::{Fact, WrittenFact};
/// # use aura_runtime::{identity::{AuthorityId, ContextId, SessionId}, machine::ProtocolHash};
/// # let fact = Fact {
/// #     namespace: "n".into(), name: "happened".into(), protocol: ProtocolHash([1; 32]),
/// #     context: ContextId([2; 32]), session: SessionId([3; 16]), step: 4, role: 0,
/// #     author: AuthorityId([5; 32]), peer: AuthorityId([6; 32]), fields: vec![] };
/// let bytes = fact.bytes();
/// let written = WrittenFact::read(bytes.as_slice()).unwrap();
/// assert_eq!((written.name(), written.fact()), ("happened", fact));
/// assert_eq!(WrittenFact::read(&bytes[1..]), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenFact<'a> {
    bytes: Cow<'a, [u8]>,
    step: u64,
    parts: Parts,
}

/// Where the parts of a fact stand in its bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Parts {
    name: (usize, usize),
    step: (usize, usize),
    fields: usize,
}

impl<'a> WrittenFact<'a> {
    /// The fact of these bytes; `None` where they are not those of [`Fact::bytes`].
    pub fn read(bytes: impl Into<Cow<'a, [u8]>>) -> Option<Self> {
        let bytes = bytes.into();
        let (step, parts) = Cursor::new(&bytes).fact()?;
        Some(Self { bytes, step, parts })
    }

    /// A fact, written.
    pub fn of(fact: &Fact) -> WrittenFact<'static> {
        WrittenFact::read(fact.bytes()).expect("these are the bytes of a fact")
    }

    /// The same, on bytes of its own.
    pub fn into_owned(self) -> WrittenFact<'static> {
        WrittenFact {
            bytes: Cow::Owned(self.bytes.into_owned()),
            step: self.step,
            parts: self.parts,
        }
    }

    /// The name that the source gives it.
    pub fn name(&self) -> &str {
        let (from, to) = self.parts.name;
        str::from_utf8(&self.bytes[from..to]).expect("it was read as a string")
    }

    /// The writer's step in its run.
    pub fn step(&self) -> u64 {
        self.step
    }

    /// The fact taken apart.
    pub fn fact(&self) -> Fact {
        postcard::from_bytes(&self.bytes).expect("these are the bytes of a fact")
    }

    /// The fact's name among all facts.
    pub fn id(&self) -> FactId {
        let mut common = Vec::with_capacity(self.bytes.len());
        self.common(&mut common);
        id(&origin_of(&common), self.step, self.fields())
    }

    /// Puts the bytes of all but the step and the fields in place of what is in `room`.
    pub(super) fn common(&self, room: &mut Vec<u8>) {
        let (from, to) = self.parts.step;
        room.clear();
        room.extend_from_slice(&self.bytes[..from]);
        room.extend_from_slice(&self.bytes[to..self.parts.fields]);
    }

    /// The bytes of the fields, if there are any.
    pub(super) fn fields(&self) -> Option<&[u8]> {
        let fields = &self.bytes[self.parts.fields..];
        (fields != [0]).then_some(fields)
    }
}

/// The fields of their bytes, each with its name.
pub(super) fn fields(bytes: &[u8]) -> impl Iterator<Item = (&str, &[u8])> {
    let mut cursor = Cursor::new(bytes);
    let count = cursor.number(usize::BITS).unwrap_or(0);
    (0..count).map_while(move |_| {
        let (name, value) = (cursor.string()?, cursor.block()?);
        let name = str::from_utf8(&bytes[name.0..name.1]).ok()?;
        Some((name, &bytes[value.0..value.1]))
    })
}

/// A place in the bytes of a fact. Every method goes on behind what it reads, or gives `None` where
/// something else stands there, or the same in another spelling.
struct Cursor<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    /// A whole fact, and nothing behind it.
    fn fact(mut self) -> Option<(u64, Parts)> {
        self.string()?;
        let name = self.string()?;
        // The protocol, the context and the session.
        self.skip(32 + 32 + 16)?;
        let before = self.at;
        let step = self.number(u64::BITS)?;
        let after = self.at;
        self.number(u16::BITS)?;
        // The author and the peer.
        self.skip(32 + 32)?;
        let fields = self.at;
        for _ in 0..self.number(usize::BITS)? {
            self.string()?;
            self.block()?;
        }
        let parts = Parts {
            name,
            step: (before, after),
            fields,
        };
        (self.at == self.bytes.len()).then_some((step, parts))
    }

    fn skip(&mut self, count: usize) -> Option<(usize, usize)> {
        let from = self.at;
        let to = from
            .checked_add(count)
            .filter(|to| *to <= self.bytes.len())?;
        self.at = to;
        Some((from, to))
    }

    /// Bytes behind their number.
    fn block(&mut self) -> Option<(usize, usize)> {
        let count = self.number(usize::BITS)?;
        self.skip(usize::try_from(count).ok()?)
    }

    fn string(&mut self) -> Option<(usize, usize)> {
        let (from, to) = self.block()?;
        str::from_utf8(&self.bytes[from..to]).ok()?;
        Some((from, to))
    }

    /// A number of at most so many bits: seven in each byte, the lowest first, in as few as there can be.
    fn number(&mut self, bits: u32) -> Option<u64> {
        let mut number = 0;
        for shift in (0..bits).step_by(7) {
            let byte = *self.bytes.get(self.at)?;
            self.at += 1;
            let low = u64::from(byte & 0x7f);
            if shift + 7 > bits && low >> (bits - shift) != 0 {
                return None;
            }
            number |= low << shift;
            if byte & 0x80 == 0 {
                return (byte != 0 || shift == 0).then_some(number);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use proptest::prelude::*;

    use super::*;
    use crate::{
        identity::{AuthorityId, ContextId, SessionId},
        machine::ProtocolHash,
    };

    fn facts() -> impl Strategy<Value = Fact> {
        let names = ("[a-zäß]{0,9}", ".{0,200}");
        let ids = any::<([u8; 32], [u8; 32], [u8; 16])>();
        let numbers = (0..u64::BITS, any::<u64>(), any::<u16>());
        let fields = prop::collection::vec((".{0,5}", any::<Vec<u8>>()), 0..4);
        (names, ids, numbers, fields).prop_map(|(names, ids, (shift, step, role), fields)| Fact {
            namespace: names.0.into(),
            name: names.1.into(),
            protocol: ProtocolHash(ids.0),
            context: ContextId(ids.1),
            session: SessionId(ids.2),
            step: step >> shift,
            role,
            author: AuthorityId(ids.1),
            peer: AuthorityId(ids.0),
            fields: fields
                .into_iter()
                .map(|(name, value)| (name.into(), value))
                .collect(),
        })
    }

    /// What postcard reads, if it would write it so.
    fn judged(bytes: &[u8]) -> Option<Fact> {
        let fact: Fact = postcard::from_bytes(bytes).ok()?;
        (fact.bytes() == bytes).then_some(fact)
    }

    proptest! {
        #[test]
        fn a_written_fact_is_the_fact(fact in facts()) {
            let written = WrittenFact::of(&fact);
            prop_assert_eq!(written.fact(), fact.clone());
            prop_assert_eq!((written.id(), written.step()), (fact.id(), fact.step));
            prop_assert_eq!(written.name(), fact.name.as_ref());
        }

        /// Bytes that were changed, cut off, put in or taken out are read as postcard reads them.
        #[test]
        fn what_is_no_fact_is_not_read(
            fact in facts(),
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0..4u8), 1..4),
        ) {
            let mut bytes = fact.bytes();
            for (at, byte, how) in changes {
                let at = at.index(bytes.len() + 1);
                match how {
                    0 => bytes.truncate(at),
                    1 => bytes.insert(at, byte),
                    _ if at == bytes.len() => bytes.push(byte),
                    2 => bytes[at] = byte,
                    _ => drop(bytes.remove(at)),
                }
            }
            let read = WrittenFact::read(bytes.as_slice());
            prop_assert_eq!(read.map(|written| written.fact()), judged(&bytes));
        }
    }

    #[test]
    fn numbers_have_one_spelling() {
        let read = |bytes: &[u8], bits| {
            let mut cursor = Cursor::new(bytes);
            cursor.number(bits).filter(|_| cursor.at == bytes.len())
        };
        for (bytes, bits, number) in [
            (&[0][..], 16, Some(0)),
            (&[0x80, 0], 16, None),
            (&[0x80, 1], 16, Some(128)),
            (&[0xff, 0xff, 3], 16, Some(0xffff)),
            (&[0xff, 0xff, 4], 16, None),
            (&[0xff, 0xff, 0x83, 0], 16, None),
            (&[0xff; 9], 64, None),
            (
                &[255, 255, 255, 255, 255, 255, 255, 255, 255, 1],
                64,
                Some(u64::MAX),
            ),
            (&[255, 255, 255, 255, 255, 255, 255, 255, 255, 2], 64, None),
            (&[], 64, None),
        ] {
            assert_eq!(read(bytes, bits), number, "{bytes:?} of {bits} bits");
        }
    }
}
