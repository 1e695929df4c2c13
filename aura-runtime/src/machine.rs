//! The tables that generated code fills: roles, messages, facts, states and edges of one protocol.
//!
//! Everything here is plain data that a `static` can hold, so a protocol costs nothing to load. The
//! typed sessions, the guard chain and the endpoint read the same rows: what a message costs is
//! written once. The local types are in `local`. Left out on purpose: behaviour. A table cannot send,
//! and holding one opens nothing.

mod check;
mod local;
#[doc(hidden)]
pub mod rows;

use std::fmt;

pub use self::local::{
    Action, CounterId, EdgeRow, Machine, Member, PeerRow, Reach, Running, StateId, StateKind,
    StateRow, ThreadRow, TimerId, TurnRow,
};

/// A role of a protocol, by its position in [`Protocol::roles`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleId(pub u16);

/// A wire label of a protocol, by its position in [`Protocol::labels`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LabelId(pub u16);

/// One send of the source text, by its position in [`Protocol::messages`]. A label that is sent at
/// two places is two messages, since each place has a guard and a price of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MessageId(pub u16);

/// A context of a protocol (a relationship, a group, or derived), by position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ContextIndex(pub u16);

/// A local type, by its position in [`Protocol::machines`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MachineId(pub u16);

/// BLAKE3 of a protocol's normalised source: it stands in generated code, handshakes and traces.
#[derive(
    Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct ProtocolHash(pub [u8; 32]);

impl fmt::Debug for ProtocolHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::identity::write_hex(f, &self.0[..8])
    }
}

/// A number, a symbol that is bound when a session is created, or the rest of a split family.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Size {
    /// A constant.
    Number(u32),
    /// By position in [`Protocol::sizes`].
    Symbol(u16),
    /// The first less the second, never below 0.
    Difference(&'static Size, &'static Size),
}

impl Size {
    /// The value, where every symbol has one.
    pub fn of(&self, sizes: &[u32]) -> Option<u32> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Symbol(at) => sizes.get(usize::from(*at)).copied(),
            Self::Difference(whole, part) => Some(whole.of(sizes)?.saturating_sub(part.of(sizes)?)),
        }
    }
}

/// A symbol that stands for a size, and what a session may bind it to.
#[derive(Clone, Copy, Debug)]
pub struct SizeRow {
    /// The name in the source.
    pub name: &'static str,
    /// Its smallest value.
    pub at_least: u32,
    /// Its largest values: a quorum is at most its family.
    pub at_most: &'static [Size],
}

/// How many members stand behind a role's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleSize {
    /// An ordinary role.
    One,
    /// A family.
    Family(Size),
}

/// A role as declared.
#[derive(Clone, Copy, Debug)]
pub struct RoleRow {
    /// The name in the source.
    pub name: &'static str,
    /// Its size.
    pub size: RoleSize,
}

/// A wire label: what a frame carries to say which message it is.
#[derive(Clone, Copy, Debug)]
pub struct LabelRow {
    /// `Label`, or `branch.Label` for the first message of a choice's branch.
    pub name: &'static str,
}

/// The kind of relation a context is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContextKind {
    /// Two authorities.
    Relationship,
    /// A group of authorities.
    Group,
    /// Derived from another context.
    Derived,
}

/// A context as declared.
#[derive(Clone, Copy, Debug)]
pub struct ContextRow {
    /// The name in the source; empty for the anonymous group.
    pub name: &'static str,
    /// Its kind.
    pub kind: ContextKind,
}

/// A fact that a send leaves in the journal: its name, and the payload fields that it keeps.
#[derive(Clone, Copy, Debug)]
pub struct FactRow {
    /// The name within the protocol's namespace.
    pub name: &'static str,
    /// Fields of the payload whose values the fact holds; none named, none kept.
    pub fields: &'static [&'static str],
}

/// A capability that a send demands, with the payload fields that fill its parameters.
#[derive(Clone, Copy, Debug)]
pub struct CapabilityRow {
    /// The name, as in `need_snapshot_propose`.
    pub name: &'static str,
    /// Payload fields, in the order of the capability's parameters.
    pub arguments: &'static [&'static str],
}

/// One send of the source, with all that the guard chain asks of it.
#[derive(Clone, Copy, Debug)]
pub struct MessageRow {
    /// The wire label.
    pub label: LabelId,
    /// Who sends.
    pub from: RoleId,
    /// Who receives.
    pub to: RoleId,
    /// The one context that the message belongs to.
    pub context: ContextIndex,
    /// The capability demanded, if any.
    pub capability: Option<CapabilityRow>,
    /// Flow cost, never 0.
    pub cost: u64,
    /// Millionths leaked to each observer class, in the order of [`Observer::ALL`].
    pub leak: [u64; Observer::COUNT],
    /// Facts written in the transaction of the send.
    pub facts: &'static [FactRow],
    /// Whether the facts ride in the frame, to be joined by the receiver before delivery.
    pub journal_merge: bool,
    /// The line that the send leaves in the audit log.
    pub audit_log: Option<&'static str>,
    /// The receipt that goes with it.
    pub receipt: ReceiptRow,
}

/// Which receipt goes with a message. (DECISIONS 5.)
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ReceiptRow {
    /// None.
    #[default]
    None,
    /// One that starts a chain.
    Root,
    /// One that goes on from what arrived last under one of these labels, which are one label of the
    /// source's.
    Forward(&'static [LabelId]),
}

impl ReceiptRow {
    /// Whether there is none.
    #[inline]
    pub fn is_none(self) -> bool {
        matches!(self, Self::None)
    }
}

impl MessageRow {
    /// Whether it tells any class of observers something.
    #[inline]
    pub fn leaks(&self) -> bool {
        self.leak != [0; Observer::COUNT]
    }

    /// Whether something rides with the message in front of its payload: facts, or a receipt.
    pub fn rides(&self) -> bool {
        self.journal_merge || !self.receipt.is_none()
    }
}

/// Who might learn something from a message.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Observer {
    /// Anyone outside.
    External,
    /// Those next to the sender in the web of trust.
    Neighbor,
    /// Members of the context's group.
    Group,
}

impl Observer {
    /// How many classes there are.
    pub const COUNT: usize = 3;
    /// Every class, in the order of tables and ledgers.
    pub const ALL: [Self; Self::COUNT] = [Self::External, Self::Neighbor, Self::Group];
}

impl fmt::Display for Observer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::External => "external",
            Self::Neighbor => "neighbor",
            Self::Group => "group",
        })
    }
}

/// A protocol, compiled.
#[derive(Debug)]
pub struct Protocol {
    /// The name after `protocol`.
    pub name: &'static str,
    /// `#[namespace = ".."]`.
    pub namespace: &'static str,
    /// `#[version = ".."]`.
    pub version: &'static str,
    /// Hash of the source.
    pub hash: ProtocolHash,
    /// Roles, as declared.
    pub roles: &'static [RoleRow],
    /// Symbols that stand for sizes, bound when a session is created.
    pub sizes: &'static [SizeRow],
    /// Contexts; at least one.
    pub contexts: &'static [ContextRow],
    /// Wire labels.
    pub labels: &'static [LabelRow],
    /// Sends.
    pub messages: &'static [MessageRow],
    /// How long each timer runs, in nanoseconds.
    pub timers: &'static [u64],
    /// How many counters the loops need.
    pub counters: u16,
    /// How many queues a pair of participants may need: 1 without a `par`.
    pub queues: u8,
    /// The local types: roles in order, a family's named members before the others, threads behind
    /// the machine that forks them.
    pub machines: &'static [Machine],
}

impl Protocol {
    /// The row of a message, if the table has it.
    pub fn message(&self, id: MessageId) -> Option<&'static MessageRow> {
        self.messages.get(usize::from(id.0))
    }

    /// The name of a label, or `?` for one that is not in the table.
    pub fn label_name(&self, id: LabelId) -> &'static str {
        self.labels
            .get(usize::from(id.0))
            .map_or("?", |row| row.name)
    }

    /// The name of a role, or `?` for one that is not in the table.
    pub fn role_name(&self, id: RoleId) -> &'static str {
        self.roles
            .get(usize::from(id.0))
            .map_or("?", |row| row.name)
    }

    /// A local type.
    pub fn machine(&self, id: MachineId) -> Option<&'static Machine> {
        self.machines.get(usize::from(id.0))
    }

    /// The local type of a role's member; a single role is its own member 0.
    pub fn machine_of(&self, role: RoleId, member: u32) -> Option<MachineId> {
        let mut general = None;
        for (id, machine) in (0u16..).zip(self.machines) {
            if machine.role == role && !machine.is_thread {
                match machine.member {
                    Member::Constant(index) if index == member => return Some(MachineId(id)),
                    Member::Constant(_) => {}
                    Member::Single | Member::General => general = Some(MachineId(id)),
                }
            }
        }
        general
    }
}
