//! Facts: what a send leaves behind for good.
//!
//! A fact names the protocol, the session, the step, who wrote it and about whom, and the payload
//! fields that the source names; no field named, no payload value stored. Its id is the BLAKE3 of
//! its postcard bytes under a key of its own, so two replicas that hold the same fact agree on its
//! name. Left out on purpose: what a fact means. Reducing facts to state is the reader's work.

use std::{borrow::Cow, fmt, sync::LazyLock};

use serde::{Deserialize, Serialize};

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

static KEY: LazyLock<[u8; 32]> = LazyLock::new(|| blake3::derive_key("aura 2026 fact id v1", b""));

impl Fact {
    /// The fact's name among all facts.
    pub fn id(&self) -> FactId {
        let mut small = [0u8; 512];
        let hash = match postcard::to_slice(self, &mut small) {
            Ok(bytes) => blake3::keyed_hash(&KEY, bytes),
            Err(_) => blake3::keyed_hash(&KEY, &self.bytes()),
        };
        FactId(*hash.as_bytes())
    }

    /// The bytes that are hashed and stored.
    pub fn bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(self).expect("strings, numbers and byte vectors always encode")
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
