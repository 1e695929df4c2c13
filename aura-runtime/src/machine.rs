//! The tables that generated code fills: roles, messages, facts, states and edges of one protocol.
//!
//! Everything here is plain data that a `static` can hold, so a protocol costs nothing to load. The
//! typed sessions, the guard chain and the endpoint read the same rows: what a message costs is
//! written once. Left out on purpose: behaviour. A table cannot send, and holding one opens nothing.

use std::fmt;

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

/// A state of one role's local type, by its position in [`Machine::states`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StateId(pub u32);

impl StateId {
    /// Where every local type begins.
    pub const START: Self = Self(0);
}

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

/// How many members stand behind a role's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RoleSize {
    /// An ordinary role.
    One,
    /// A family of a size that the source names: `Worker[3]`.
    Fixed(u32),
    /// A family whose size is bound when a session is created, by position in [`Protocol::sizes`].
    Symbolic(u16),
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
}

/// Who might learn something from a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
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

/// What a role can do in a state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StateKind {
    /// It sends one of the edges' messages.
    Send,
    /// It waits for one of the edges' messages.
    Receive,
    /// It takes a step that nobody sees (a decision without a message, a local computation).
    Local,
    /// The session is over for this role.
    End,
}

/// A state of a local type; its edges are `Machine::edges[first..first + count]`.
#[derive(Clone, Copy, Debug)]
pub struct StateRow {
    /// What can be done here.
    pub kind: StateKind,
    /// Where its edges begin.
    pub first: u32,
    /// How many there are.
    pub count: u32,
}

/// A step of a local type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EdgeRow {
    /// The message sent or received; `None` for a local step.
    pub message: Option<MessageId>,
    /// Where it leads.
    pub to: StateId,
}

/// The local type of one role.
#[derive(Debug)]
pub struct Machine {
    /// Whose it is.
    pub role: RoleId,
    /// Its states; the first is the start.
    pub states: &'static [StateRow],
    /// The edges of all states, state after state.
    pub edges: &'static [EdgeRow],
}

impl Machine {
    /// What can be done in `state`; a state that is not in the table has ended.
    pub fn kind(&self, state: StateId) -> StateKind {
        self.row(state).map_or(StateKind::End, |row| row.kind)
    }

    /// The steps that leave `state`.
    pub fn edges(&self, state: StateId) -> &'static [EdgeRow] {
        self.row(state)
            .and_then(|row| {
                let first = row.first as usize;
                self.edges
                    .get(first..first.checked_add(row.count as usize)?)
            })
            .unwrap_or(&[])
    }

    fn row(&self, state: StateId) -> Option<&'static StateRow> {
        self.states.get(usize::try_from(state.0).ok()?)
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
    pub sizes: &'static [&'static str],
    /// Contexts; at least one.
    pub contexts: &'static [ContextRow],
    /// Wire labels.
    pub labels: &'static [LabelRow],
    /// Sends.
    pub messages: &'static [MessageRow],
    /// One local type for each role, in the order of `roles`.
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

    /// The local type of a role.
    pub fn machine(&self, role: RoleId) -> Option<&'static Machine> {
        self.machines.get(usize::from(role.0))
    }
}
