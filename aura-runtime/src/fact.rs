//! Facts: what a send leaves behind for good.
//!
//! A fact names the protocol, the session, the step, who wrote it and about whom, and the payload
//! fields that the source names; no field named, no payload value stored. Its id is a BLAKE3 over all
//! of it in two parts, so two replicas that hold the same fact agree on its name: what the facts of
//! one message in one session have in common is an `Origin`, hashed once; the id is the hash of
//! that digest, the step and the fields, which is a single block where no field is kept. Left out on
//! purpose: what a fact means. Reducing facts to state is the reader's work.

mod leaf;
mod written;

use std::{borrow::Cow, fmt, sync::LazyLock};

use serde::{Deserialize, Serialize};

pub(crate) use self::leaf::{Leaf, Leaves, Origin, Origins};
pub use self::written::WrittenFact;
use crate::{
    identity::{AuthorityId, ContextId, SessionId, write_hex},
    machine::ProtocolHash,
};

/// BLAKE3 of a fact.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct FactId(pub [u8; 32]);

impl fmt::Debug for FactId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0[..8])
    }
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Fact {
    /// The protocol's namespace.
    pub namespace: Cow<'static, str>,
    /// The name that the source gives it.
    pub name: Cow<'static, str>,
    /// The source's hash.
    pub protocol: ProtocolHash,
    /// Where it happened.
    pub context: ContextId,
    /// In which run.
    pub session: SessionId,
    /// The writer's step in that run.
    pub step: u64,
    /// The writer's role, by position.
    pub role: u16,
    /// Who wrote it.
    pub author: AuthorityId,
    /// To whom the message went.
    pub peer: AuthorityId,
    /// The payload fields kept, each as postcard bytes.
    pub fields: Vec<(Cow<'static, str>, Vec<u8>)>,
}

static ORIGIN_KEY: LazyLock<[u8; 32]> =
    LazyLock::new(|| blake3::derive_key("aura 2026 fact origin v1", b""));

static KEY: LazyLock<[u8; 32]> = LazyLock::new(|| blake3::derive_key("aura 2026 fact id v2", b""));

type Fields = Vec<(Cow<'static, str>, Vec<u8>)>;

impl Fact {
    /// The fact's name among all facts.
    pub fn id(&self) -> FactId {
        id(&self.origin(), self.step, spelled(&self.fields).as_deref())
    }

    /// The hash of all but the step and the fields.
    fn origin(&self) -> [u8; 32] {
        let common = (
            &self.namespace,
            &self.name,
            self.protocol,
            self.context,
            self.session,
            self.role,
            self.author,
            self.peer,
        );
        let mut small = [0u8; 512];
        match postcard::to_slice(&common, &mut small) {
            Ok(bytes) => origin_of(bytes),
            Err(_) => origin_of(&encode(&common)),
        }
    }

    /// The bytes that are stored.
    pub fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

fn id(origin: &[u8; 32], step: u64, fields: Option<&[u8]>) -> FactId {
    // Two parts of a fixed length, then the fields, which say how long they are.
    let mut small = [0u8; 256];
    small[..32].copy_from_slice(origin);
    small[32..40].copy_from_slice(&step.to_le_bytes());
    let fields = fields.unwrap_or_default();
    if let Some(room) = small[40..].get_mut(..fields.len()) {
        room.copy_from_slice(fields);
        return FactId(*blake3::keyed_hash(&KEY, &small[..40 + fields.len()]).as_bytes());
    }
    let mut hasher = blake3::Hasher::new_keyed(&KEY);
    hasher.update(&small[..40]).update(fields);
    FactId(*hasher.finalize().as_bytes())
}

/// The bytes of the fields, if there are any.
fn spelled(fields: &Fields) -> Option<Vec<u8>> {
    (!fields.is_empty()).then(|| encode(fields))
}

/// The hash of the bytes of all but the step and the fields.
fn origin_of(common: &[u8]) -> [u8; 32] {
    *blake3::keyed_hash(&ORIGIN_KEY, common).as_bytes()
}

fn encode(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("strings, numbers and byte vectors always encode")
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn fact(fields: Fields) -> Fact {
        Fact {
            namespace: "n".into(),
            name: "happened".into(),
            protocol: ProtocolHash([1; 32]),
            context: ContextId([2; 32]),
            session: SessionId([3; 16]),
            step: 4,
            role: 0,
            author: AuthorityId([5; 32]),
            peer: AuthorityId([6; 32]),
            fields,
        }
    }

    #[test]
    fn the_id_covers_every_part() {
        let plain = fact(vec![]);
        let others = [
            Fact {
                namespace: "m".into(),
                ..plain.clone()
            },
            Fact {
                name: "nhappened".into(),
                namespace: "".into(),
                ..plain.clone()
            },
            Fact {
                protocol: ProtocolHash([9; 32]),
                ..plain.clone()
            },
            Fact {
                context: ContextId([9; 32]),
                ..plain.clone()
            },
            Fact {
                session: SessionId([9; 16]),
                ..plain.clone()
            },
            Fact {
                role: 9,
                ..plain.clone()
            },
            Fact {
                author: AuthorityId([9; 32]),
                ..plain.clone()
            },
            Fact {
                peer: AuthorityId([9; 32]),
                ..plain.clone()
            },
        ];
        for other in others {
            assert_ne!(other.id(), plain.id(), "{other:?}");
        }
    }

    #[test]
    fn the_id_covers_every_field_and_any_length() {
        let plain = fact(vec![]);
        assert_eq!(plain.id(), plain.clone().id());
        assert_ne!(
            plain.id(),
            Fact {
                step: 5,
                ..plain.clone()
            }
            .id()
        );
        assert_ne!(plain.id(), fact(vec![("x".into(), vec![0; 4096])]).id());
        assert_ne!(
            fact(vec![("x".into(), vec![0; 4096])]).id(),
            fact(vec![("x".into(), vec![1; 4096])]).id()
        );
    }
}
