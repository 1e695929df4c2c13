//! What stands in a store, whatever the store is: cells with sums, charges in a chain, and contents
//! under their hashes.
//!
//! Every cell and every charge carries a digest, and the head counts and sums up the rest, so that a
//! changed, missing or added row is noticed when the store is opened. Digests have no key: they find
//! damage, and whoever can write the file can write digests, too.

use std::borrow::Cow;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::StoreError;
use crate::{
    budget::{Allowance, Budget, LeakagePolicy, shared::SharedBudget},
    fact::WrittenFact,
    identity::{AuthorityId, ContextId, DeviceId, SessionId},
    journal::{Cut, Namespace},
    machine::Observer,
    receipt::Window,
};

/// Where a sum stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Key {
    /// What may be spent in a context on a peer.
    Budget(ContextId, AuthorityId),
    /// What may leak in a context to a class of observers, by its place among them.
    Leakage(ContextId, u8),
    /// The last nonce of an own receipt in a context.
    Issued(ContextId),
    /// The nonces of a source's receipts in a context, where it has one device.
    Accepted(ContextId, AuthorityId),
    /// A budget that several devices spend, as they have told. What this device has spent of it is the
    /// sum of its charges, and stands under [`Key::Budget`].
    Shared(ContextId, AuthorityId),
    /// A context's epoch.
    Epoch(ContextId),
    /// A token that was taken back, by its id.
    Revoked(Vec<u8>),
    /// Whether fact bodies are sealed, and a value that tells whether a key is the right one.
    Seal,
    /// What was compacted of a journal.
    Cut(Namespace),
    /// The device that the store belongs to.
    Device,
    /// How what may leak in a context to a class of observers is decided. Where there is no such cell,
    /// the limit beside what has leaked is explicit.
    LeakagePolicy(ContextId, u8),
    /// What may leak to a class of observers where nothing else is said.
    LeakageDefault(u8),
    /// The nonces of receipts in a context, of one of a source's several devices.
    AcceptedOf(ContextId, AuthorityId, DeviceId),
}

/// A sum.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Cell {
    /// See [`Key::Budget`].
    Budget(Budget),
    /// See [`Key::Leakage`].
    Leakage(Allowance),
    /// See [`Key::Issued`].
    Issued {
        /// The epoch.
        epoch: u64,
        /// The last nonce in it.
        nonce: u64,
    },
    /// See [`Key::Accepted`] and [`Key::AcceptedOf`].
    Accepted {
        /// The epoch.
        epoch: u64,
        /// The nonces in it.
        window: Window,
    },
    /// See [`Key::Shared`].
    Shared(SharedBudget),
    /// See [`Key::Epoch`].
    Epoch(u64),
    /// See [`Key::Revoked`].
    Revoked,
    /// See [`Key::Seal`].
    Seal {
        /// What the key is derived with.
        salt: [u8; 16],
        /// A sealed value.
        check: Vec<u8>,
    },
    /// See [`Key::Cut`].
    Cut(Compacted),
    /// See [`Key::Device`].
    Device(DeviceId),
    /// See [`Key::LeakagePolicy`].
    LeakagePolicy(LeakagePolicy),
    /// See [`Key::LeakageDefault`]: millionths.
    LeakageDefault(u64),
}

/// What stands in place of facts that a journal has let go of.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compacted {
    /// Which facts.
    pub cut: Cut,
    /// What they amount to, as postcard bytes of the reducer's state; `None` where nobody has said.
    pub state: Option<Vec<u8>>,
}

impl Key {
    /// The kind, as it stands in the store.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Budget(..) => "budget",
            Self::Leakage(..) => "leakage",
            Self::Issued(_) => "issued",
            Self::Accepted(..) => "accepted",
            Self::AcceptedOf(..) => "accepted of a device",
            Self::Shared(..) => "shared",
            Self::Epoch(_) => "epoch",
            Self::Revoked(_) => "revoked",
            Self::Device => "device",
            Self::LeakagePolicy(..) => "leakage policy",
            Self::LeakageDefault(_) => "leakage default",
            Self::Seal => "seal",
            Self::Cut(_) => "cut",
        }
    }
}

/// A charge as it stands in a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredCharge {
    /// The run.
    pub session: SessionId,
    /// The sender's step.
    pub step: u64,
    /// The wire label.
    pub label: String,
    /// The context.
    pub context: ContextId,
    /// To whom.
    pub peer: AuthorityId,
    /// The budget's epoch.
    pub epoch: u64,
    /// The cost.
    pub cost: u64,
    /// Millionths leaked to each class of observers.
    pub leak: [u64; Observer::COUNT],
    /// The line of the audit log.
    pub line: Option<String>,
}

/// A digest of 32 bytes.
pub type Digest = [u8; 32];

impl StoredCharge {
    /// The digest of this charge behind the one before it.
    pub fn follow(&self, before: &Digest) -> Digest {
        let mut hasher = blake3::Hasher::new_derive_key("aura 2026 charge chain v1");
        hasher.update(before).update(&encode(self));
        *hasher.finalize().as_bytes()
    }
}

/// What a store holds, in numbers: written with every batch, compared when the store is opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// Batches written.
    pub batches: u64,
    /// Cells.
    pub cells: u64,
    /// The digests of all cells, added up bit by bit.
    pub cell_sum: Digest,
    /// Charges.
    pub charges: u64,
    /// The digest of the last charge.
    pub chain: Digest,
    /// Facts and receipts.
    pub contents: u64,
    /// Their ids, added up bit by bit.
    pub content_sum: Digest,
}

impl Head {
    /// Counts a cell in, in place of what stood there.
    pub(super) fn put(&mut self, before: Option<&Digest>, after: &Digest) {
        match before {
            Some(before) => mix(&mut self.cell_sum, before),
            None => self.cells += 1,
        }
        mix(&mut self.cell_sum, after);
    }

    /// Counts a content in.
    pub fn add_content(&mut self, id: &Digest) {
        self.contents += 1;
        mix(&mut self.content_sum, id);
    }

    /// Counts a content out.
    pub fn drop_content(&mut self, id: &Digest) {
        self.contents = self.contents.saturating_sub(1);
        mix(&mut self.content_sum, id);
    }
}

fn mix(sum: &mut Digest, digest: &Digest) {
    for (left, right) in sum.iter_mut().zip(digest) {
        *left ^= right;
    }
}

/// The digest of a row's key and value.
pub(super) fn digest(key: &[u8], value: &[u8]) -> Digest {
    let mut hasher = blake3::Hasher::new_derive_key("aura 2026 store cell v1");
    hasher.update(&(key.len() as u64).to_le_bytes());
    *hasher.update(key).update(value).finalize().as_bytes()
}

pub(super) fn encode(value: &impl Serialize) -> Vec<u8> {
    postcard::to_stdvec(value).expect("numbers, strings and byte vectors always encode")
}

/// Reads what [`encode`] has written; `what` names it where it is something else.
pub(super) fn decode<T: DeserializeOwned + Serialize>(
    what: &str,
    bytes: &[u8],
) -> Result<T, StoreError> {
    let value = postcard::from_bytes(bytes).ok();
    let value = value.filter(|value| encode(value) == bytes);
    value.ok_or_else(|| StoreError::Corrupt(format!("{what} cannot be read")))
}

/// A fact, if these are the bytes that it is written as.
pub(super) fn decode_fact<'a>(
    bytes: impl Into<Cow<'a, [u8]>>,
) -> Result<WrittenFact<'a>, StoreError> {
    let fact = WrittenFact::read(bytes);
    fact.ok_or_else(|| StoreError::Corrupt("a fact cannot be read".to_owned()))
}

/// The head of a row, if the row is whole.
pub(super) fn read_head(value: &[u8], written: &[u8]) -> Result<Head, StoreError> {
    if digest(b"head", value) == *written {
        decode("its head", value)
    } else {
        Err(StoreError::Corrupt("its head is damaged".to_owned()))
    }
}

/// The cell of a row.
pub(super) fn read_cell(kind: &str, key: &[u8], value: &[u8]) -> Result<(Key, Cell), StoreError> {
    let key: Key = decode("the key of a cell", key)?;
    if key.kind() != kind {
        let kept = key.kind();
        return Err(StoreError::Corrupt(format!(
            "a cell of {kept} stands as {kind}"
        )));
    }
    let cell = decode(&format!("the {kind} cell {key:?}"), value)?;
    Ok((key, cell))
}

/// Databases count in signed 64 bits; a number beyond is refused rather than wrapped.
pub(super) fn signed(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Io(format!("{value} does not fit the journal")))
}

pub(super) fn unsigned(value: i64) -> Result<u64, StoreError> {
    u64::try_from(value).map_err(|_| StoreError::Corrupt(format!("{value} is negative")))
}
