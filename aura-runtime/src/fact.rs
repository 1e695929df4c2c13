//! Facts: what a send leaves behind for good.
//!
//! A fact names the protocol, the session, the step, who wrote it and about whom, and the payload
//! fields that the source names; no field named, no payload value stored. Its id is a BLAKE3 over all
//! of it in two parts, so two replicas that hold the same fact agree on its name: what the facts of
//! one message in one session have in common is an `Origin`, hashed once; the id is the hash of
//! that digest, the step and the fields, which is a single block where no field is kept. Left out on
//! purpose: what a fact means. Reducing facts to state is the reader's work.

use std::{
    borrow::Cow,
    collections::HashMap,
    fmt,
    sync::{Arc, LazyLock},
};

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

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
        hash(
            &ORIGIN_KEY,
            &(
                &self.namespace,
                &self.name,
                self.protocol,
                self.context,
                self.session,
                self.role,
                self.author,
                self.peer,
            ),
        )
    }

    /// The bytes that are stored.
    pub fn bytes(&self) -> Vec<u8> {
        encode(self)
    }
}

fn id(origin: &[u8; 32], step: u64, fields: Option<&[u8]>) -> FactId {
    // Two parts of a fixed length, then the fields, which say how long they are.
    let mut small = [0u8; 64];
    small[..32].copy_from_slice(origin);
    small[32..40].copy_from_slice(&step.to_le_bytes());
    let Some(fields) = fields else {
        return FactId(*blake3::keyed_hash(&KEY, &small[..40]).as_bytes());
    };
    let mut hasher = blake3::Hasher::new_keyed(&KEY);
    hasher.update(&small[..40]).update(fields);
    FactId(*hasher.finalize().as_bytes())
}

/// The bytes of the fields, if there are any.
fn spelled(fields: &Fields) -> Option<Vec<u8>> {
    (!fields.is_empty()).then(|| encode(fields))
}

/// The keyed hash of a value's postcard bytes, which say where each part of it ends.
fn hash(key: &[u8; 32], value: &impl Serialize) -> [u8; 32] {
    let mut small = [0u8; 512];
    let hash = match postcard::to_slice(value, &mut small) {
        Ok(bytes) => blake3::keyed_hash(key, bytes),
        Err(_) => blake3::keyed_hash(key, &encode(value)),
    };
    *hash.as_bytes()
}

fn encode(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("strings, numbers and byte vectors always encode")
}

/// What the facts have in common that one message leaves, towards one peer, in one session.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Origin {
    /// A fact of step 0 without fields.
    common: Fact,
    digest: [u8; 32],
}

impl Origin {
    /// The hash of what the facts have in common.
    pub(crate) fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// What the facts have in common, as a fact of step 0 without fields.
    pub(crate) fn common(&self) -> &Fact {
        &self.common
    }

    /// The origin of a fact; its step and its fields do not matter.
    pub(crate) fn of(mut fact: Fact) -> (Arc<Self>, u64, Fields) {
        let (step, fields) = (fact.step, std::mem::take(&mut fact.fields));
        fact.step = 0;
        let digest = fact.origin();
        let origin = Self {
            common: fact,
            digest,
        };
        (Arc::new(origin), step, fields)
    }
}

/// Origins of facts that are read one after the other: what many have in common is hashed once.
#[derive(Debug, Default)]
pub(crate) struct Origins(HashMap<Fact, Arc<Origin>>);

impl Origins {
    /// The most that are kept; nobody decides how many a reader meets.
    const MOST: usize = 1 << 16;

    /// See [`Origin::of`].
    fn of(&mut self, mut fact: Fact) -> (Arc<Origin>, u64, Fields) {
        let (step, fields) = (fact.step, std::mem::take(&mut fact.fields));
        fact.step = 0;
        if let Some(origin) = self.0.get(&fact) {
            return (Arc::clone(origin), step, fields);
        }
        if self.0.len() >= Self::MOST {
            self.0.clear();
        }
        let (origin, ..) = Origin::of(fact.clone());
        self.0.insert(fact, Arc::clone(&origin));
        (origin, step, fields)
    }

    /// The id of a fact.
    pub(crate) fn id(&mut self, fact: Fact) -> FactId {
        let (origin, step, fields) = self.of(fact);
        id(&origin.digest, step, spelled(&fields).as_deref())
    }
}

/// A fact as the ledger holds it: a share of its origin, and what is its own. There are many of them,
/// so the fields are kept as bytes, and copies share those.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    origin: Arc<Origin>,
    step: u64,
    fields: Option<Arc<[u8]>>,
    pub(crate) id: FactId,
}

/// The facts of one message: nearly always one or none, which needs no memory of its own.
pub(crate) type Leaves = SmallVec<[Leaf; 1]>;

impl Leaf {
    /// The fact of this origin at a step, with its fields.
    pub(crate) fn new(origin: &Arc<Origin>, step: u64, fields: &Fields) -> Self {
        let fields = spelled(fields);
        Self {
            id: id(&origin.digest, step, fields.as_deref()),
            origin: Arc::clone(origin),
            step,
            fields: fields.map(Arc::from),
        }
    }

    /// The leaf of a fact whose id is known, with the origin that others of its message have.
    pub(crate) fn known(id: FactId, fact: Fact, origins: &mut Origins) -> Self {
        let (origin, step, fields) = origins.of(fact);
        Self {
            origin,
            step,
            fields: spelled(&fields).map(Arc::from),
            id,
        }
    }

    /// The same fact, as one of several with an equal origin.
    pub(crate) fn with_origin(&self, origin: &Arc<Origin>) -> Self {
        Self {
            origin: Arc::clone(origin),
            ..self.clone()
        }
    }

    pub(crate) fn origin(&self) -> &Arc<Origin> {
        &self.origin
    }

    pub(crate) fn step(&self) -> u64 {
        self.step
    }

    /// The fact whole.
    pub(crate) fn fact(&self) -> Fact {
        Fact {
            step: self.step,
            fields: self.fields(),
            ..self.origin.common.clone()
        }
    }

    fn fields(&self) -> Fields {
        let Some(bytes) = &self.fields else {
            return Fields::new();
        };
        postcard::from_bytes(bytes).expect("these bytes were written by `spelled`")
    }
}

impl From<Fact> for Leaf {
    fn from(fact: Fact) -> Self {
        let (origin, step, fields) = Origin::of(fact);
        Self::new(&origin, step, &fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(fields: Vec<(Cow<'static, str>, Vec<u8>)>) -> Fact {
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
    fn a_leaf_is_its_fact_and_has_its_id() {
        let first = fact(vec![("x".into(), vec![1])]);
        let (origin, ..) = Origin::of(first.clone());
        let second = Fact {
            step: 9,
            fields: vec![],
            ..first.clone()
        };
        for whole in [first, second] {
            let leaf = Leaf::new(&origin, whole.step, &whole.fields);
            assert_eq!((leaf.fact(), leaf.id), (whole.clone(), whole.id()));
            assert_eq!(Leaf::from(whole), leaf);
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
