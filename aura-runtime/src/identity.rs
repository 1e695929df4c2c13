//! Who takes part: authorities, sessions, contexts, and the signed roster that seats them.
//!
//! An authority is the BLAKE3 of an Ed25519 key, so a name cannot be claimed without the key. The
//! initiator of a session signs a [`Roster`], which says which authority sits in which seat and in
//! which contexts they meet; acceptors compare it with the certificate of the connection. Left out
//! on purpose: where keys are kept, and who is trusted. Both are the caller's decision.

mod seal;

use std::{fmt, time::Duration};

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, ZeroizeOnDrop};

pub use self::seal::Seal;
use crate::machine::{ContextIndex, Protocol, ProtocolHash, RoleId, RoleSize};

pub(crate) fn write_hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

macro_rules! digest_id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub struct $name(pub [u8; 32]);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write_hex(f, &self.0[..8])
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }
    };
}

digest_id! {
    /// A participant: BLAKE3 of its Ed25519 public key.
    AuthorityId
}
digest_id! {
    /// Where authorities meet: BLAKE3 of the kind, the members and a salt.
    ContextId
}
digest_id! {
    /// A device of an authority: BLAKE3 of its Ed25519 public key. Each keeps a ledger of its own.
    DeviceId
}

impl DeviceId {
    /// The device of an authority that has no other, where nobody has named it.
    pub const ONLY: Self = Self([0; 32]);

    /// The name of whoever holds the private half of `key`.
    pub fn of(key: &VerifyingKey) -> Self {
        Self(blake3::derive_key("aura 2026 device id v1", key.as_bytes()))
    }
}

impl AuthorityId {
    /// The name of whoever holds the private half of `key`.
    pub fn of(key: &VerifyingKey) -> Self {
        Self(blake3::derive_key(
            "aura 2026 authority id v1",
            key.as_bytes(),
        ))
    }
}

impl ContextId {
    /// The context of these members. `kind` and `salt` keep two contexts of the same members apart.
    ///
    /// ```
    /// use aura_runtime::identity::{ContextId, Identity};
    /// let (a, b) = (Identity::from_seed([1; 32]).id(), Identity::from_seed([2; 32]).id());
    /// assert_eq!(ContextId::derive("group", &[a, b], b"x"), ContextId::derive("group", &[b, a], b"x"));
    /// assert_ne!(ContextId::derive("group", &[a, b], b"x"), ContextId::derive("group", &[a, b], b"y"));
    /// ```
    pub fn derive(kind: &str, members: &[AuthorityId], salt: &[u8]) -> Self {
        let mut members: Vec<_> = members.to_vec();
        members.sort_unstable();
        members.dedup();
        let mut hash = blake3::Hasher::new_derive_key("aura 2026 context id v1");
        for part in [kind.as_bytes(), salt] {
            hash.update(&(part.len() as u64).to_le_bytes()).update(part);
        }
        for member in members {
            hash.update(&member.0);
        }
        Self(*hash.finalize().as_bytes())
    }
}

/// One run of a protocol; random, chosen by the initiator.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SessionId(pub [u8; 16]);

impl SessionId {
    /// An id that nobody has used: 16 bytes of the system's random source.
    pub fn random() -> std::io::Result<Self> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes).map_err(|error| std::io::Error::other(error.to_string()))?;
        Ok(Self(bytes))
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_hex(f, &self.0)
    }
}

/// The signing half of an authority. Its key is erased when it is dropped, and nothing prints it.
///
/// ```
/// let alice = aura_runtime::identity::Identity::from_seed([7; 32]);
/// assert_eq!(alice.id(), aura_runtime::identity::Identity::from_seed([7; 32]).id());
/// ```
pub struct Identity {
    key: SigningKey,
    id: AuthorityId,
}

impl ZeroizeOnDrop for Identity {}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Identity").field(&self.id()).finish()
    }
}

impl Identity {
    /// The identity of a secret of 32 random bytes. The copy that was handed in is erased, the caller's own
    /// is the caller's.
    pub fn from_seed(mut seed: [u8; 32]) -> Self {
        let key = SigningKey::from_bytes(&seed);
        seed.zeroize();
        let id = AuthorityId::of(&key.verifying_key());
        Self { key, id }
    }

    /// Its public name.
    pub fn id(&self) -> AuthorityId {
        self.id
    }

    /// Signs a roster, in which this authority must have a seat of its own, at a time since 1970.
    pub fn sign(&self, roster: Roster, issued: Duration) -> Result<SignedRoster, RosterError> {
        let issued = u64::try_from(issued.as_millis()).unwrap_or(u64::MAX);
        let bytes = roster.signed_bytes(issued)?;
        Ok(SignedRoster {
            roster,
            issued,
            key: self.key.verifying_key().to_bytes(),
            signature: self.key.sign(&bytes).to_bytes().to_vec(),
        })
    }
}

/// A seat of a session, by position in the roster: roles in order, members in order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SeatId(pub u16);

/// Who plays one role, or one member of a family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// The role's position in the protocol.
    pub role: u16,
    /// The member within a family; 0 for an ordinary role.
    pub member: u32,
    /// The authority that sits here.
    pub authority: AuthorityId,
}

/// What the parties of one session agree on before the first message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Roster {
    /// The source's hash.
    pub protocol: ProtocolHash,
    /// The session.
    pub session: SessionId,
    /// One id for each context of the protocol.
    pub contexts: Vec<ContextId>,
    /// One number for each symbolic size of the protocol.
    pub sizes: Vec<u32>,
    /// Every seat.
    pub seats: Vec<Seat>,
}

/// Why a roster does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RosterError {
    /// It was made for another protocol or another version of this one.
    #[error("the roster is for protocol {found:?}, this is {expected:?}")]
    Protocol {
        /// The hash that this side was compiled with.
        expected: ProtocolHash,
        /// The hash in the roster.
        found: ProtocolHash,
    },
    /// The tables do not hang together: no compiler has made them.
    #[error("the protocol's tables have no {0}")]
    Tables(&'static str),
    /// The seats are not the roles and members of the protocol, in order.
    #[error("the roster's seats are not those of the protocol: {0}")]
    Shape(&'static str),
    /// A size is beyond what the protocol allows: a quorum of more than its family, for example.
    #[error("{name} cannot be {found}")]
    Size {
        /// The symbol.
        name: &'static str,
        /// What the roster binds it to.
        found: u32,
    },
    /// The signature does not cover these bytes, or the key signs for somebody without a seat.
    #[error("the roster's signature does not verify")]
    Signature,
    /// The seat asked for is somebody else's.
    #[error("seat {seat:?} belongs to {holder:?}, not to {claimed:?}")]
    Seat {
        /// The seat.
        seat: SeatId,
        /// Who holds it.
        holder: Option<AuthorityId>,
        /// Who wanted it.
        claimed: AuthorityId,
    },
}

impl Roster {
    /// Checks the shape against a protocol: hash, contexts, sizes, and each seat in its place.
    pub fn check(&self, protocol: &Protocol) -> Result<(), RosterError> {
        if self.protocol != protocol.hash {
            return Err(RosterError::Protocol {
                expected: protocol.hash,
                found: self.protocol,
            });
        }
        protocol.check().map_err(RosterError::Tables)?;
        if self.contexts.len() != protocol.contexts.len() {
            return Err(RosterError::Shape("one id for each context"));
        }
        if self.sizes.len() != protocol.sizes.len() {
            return Err(RosterError::Shape("one size for each symbol"));
        }
        for (size, row) in self.sizes.iter().zip(protocol.sizes) {
            let most = row.at_most.iter().filter_map(|most| most.of(&self.sizes));
            if *size < row.at_least || most.min().is_some_and(|most| *size > most) {
                return Err(RosterError::Size {
                    name: row.name,
                    found: *size,
                });
            }
        }
        let mut seats = self.seats.iter();
        for (role, row) in (0u16..).zip(protocol.roles) {
            for member in 0..self.members(row.size) {
                match seats.next() {
                    Some(seat) if seat.role == role && seat.member == member => {}
                    _ => return Err(RosterError::Shape("roles in order, members in order")),
                }
            }
        }
        if seats.next().is_some() || self.seats.len() > usize::from(u16::MAX) {
            return Err(RosterError::Shape("no seat beyond the roles"));
        }
        Ok(())
    }

    /// How many members a role of this size has here.
    pub fn members(&self, size: RoleSize) -> u32 {
        match size {
            RoleSize::One => 1,
            RoleSize::Family(size) => size.of(&self.sizes).unwrap_or(0),
        }
    }

    /// The seat of a role's member.
    pub fn seat_of(&self, role: RoleId, member: u32) -> Option<SeatId> {
        let at = self
            .seats
            .iter()
            .position(|s| s.role == role.0 && s.member == member)?;
        u16::try_from(at).ok().map(SeatId)
    }

    /// The seat with this number.
    pub fn seat(&self, id: SeatId) -> Option<&Seat> {
        self.seats.get(usize::from(id.0))
    }

    /// The context of a message.
    pub fn context(&self, index: ContextIndex) -> Option<ContextId> {
        self.contexts.get(usize::from(index.0)).copied()
    }

    fn signed_bytes(&self, issued: u64) -> Result<Vec<u8>, RosterError> {
        let body =
            postcard::to_stdvec(&(self, issued)).map_err(|_| RosterError::Shape("encodable"))?;
        Ok(blake3::derive_key("aura 2026 roster v2", &body).to_vec())
    }
}

/// A roster with the initiator's signature and its date. The contents are reached by verifying.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignedRoster {
    roster: Roster,
    /// Milliseconds since 1970.
    issued: u64,
    key: [u8; 32],
    signature: Vec<u8>,
}

/// What a valid signature says.
#[derive(Clone, Copy, Debug)]
pub struct Signed<'a> {
    /// The roster.
    pub roster: &'a Roster,
    /// Who signed it.
    pub initiator: AuthorityId,
    /// When, since 1970, by the initiator's clock.
    pub issued: Duration,
}

impl SignedRoster {
    /// The roster, who signed it and when; refused unless the signer has a seat and the signature
    /// holds.
    pub fn verify(&self) -> Result<Signed<'_>, RosterError> {
        let key = VerifyingKey::from_bytes(&self.key).map_err(|_| RosterError::Signature)?;
        let signature =
            Signature::from_slice(&self.signature).map_err(|_| RosterError::Signature)?;
        key.verify_strict(&self.roster.signed_bytes(self.issued)?, &signature)
            .map_err(|_| RosterError::Signature)?;
        let initiator = AuthorityId::of(&key);
        let mut seats = self.roster.seats.iter();
        if !seats.any(|seat| seat.authority == initiator) {
            return Err(RosterError::Signature);
        }
        Ok(Signed {
            roster: &self.roster,
            initiator,
            issued: Duration::from_millis(self.issued),
        })
    }

    /// The session that it claims to be for, before anything was verified.
    pub(crate) fn session(&self) -> SessionId {
        self.roster.session
    }
}
