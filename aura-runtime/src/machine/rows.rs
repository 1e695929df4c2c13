//! Rows in short, for generated code: tables of them are most of what it says. What is ordinary is not
//! written.

use super::{
    Action, CapabilityRow, ContextIndex, EdgeRow, FactRow, LabelId, MessageId, MessageRow,
    Observer, PeerRow, Reach, ReceiptRow, RoleId, Running, StateId, StateRow, TurnRow,
};

/// A message under a label, between two roles, in a context, at a cost.
#[doc(hidden)]
pub const fn message(label: u16, from: u16, to: u16, context: u16, cost: u64) -> MessageRow {
    MessageRow {
        label: LabelId(label),
        from: RoleId(from),
        to: RoleId(to),
        context: ContextIndex(context),
        capability: None,
        cost,
        leak: [0; Observer::COUNT],
        facts: &[],
        journal_merge: false,
        audit_log: None,
        receipt: ReceiptRow::None,
    }
}

impl MessageRow {
    /// The same, for those who hold a capability.
    #[doc(hidden)]
    #[must_use]
    pub const fn demands(self, name: &'static str, arguments: &'static [&'static str]) -> Self {
        Self {
            capability: Some(CapabilityRow { name, arguments }),
            ..self
        }
    }

    /// The same, leaking so much.
    #[doc(hidden)]
    #[must_use]
    pub const fn leaking(self, leak: [u64; Observer::COUNT]) -> Self {
        Self { leak, ..self }
    }

    /// The same, leaving facts.
    #[doc(hidden)]
    #[must_use]
    pub const fn leaving(self, facts: &'static [FactRow]) -> Self {
        Self { facts, ..self }
    }

    /// The same, whose facts ride with it.
    #[doc(hidden)]
    #[must_use]
    pub const fn merging(self) -> Self {
        Self {
            journal_merge: true,
            ..self
        }
    }

    /// The same, with a receipt that starts a chain.
    #[doc(hidden)]
    #[must_use]
    pub const fn rooting(self) -> Self {
        Self {
            receipt: ReceiptRow::Root,
            ..self
        }
    }

    /// The same, with a receipt that goes on from what arrived under one of these labels.
    #[doc(hidden)]
    #[must_use]
    pub const fn forwarding(self, labels: &'static [LabelId]) -> Self {
        Self {
            receipt: ReceiptRow::Forward(labels),
            ..self
        }
    }

    /// The same, with a line in the audit log.
    #[doc(hidden)]
    #[must_use]
    pub const fn logging(self, line: &'static str) -> Self {
        Self {
            audit_log: Some(line),
            ..self
        }
    }
}

/// A peer that is the only one of its role, on one of the queues to it.
#[doc(hidden)]
pub const fn single(role: u16, queue: u8) -> PeerRow {
    peer(role, Reach::Single, queue)
}

/// These members of a role.
#[doc(hidden)]
pub const fn peer(role: u16, reach: Reach, queue: u8) -> PeerRow {
    PeerRow {
        role: RoleId(role),
        reach,
        queue,
    }
}

/// A send that leads to a state.
#[doc(hidden)]
pub const fn send(peer: PeerRow, message: u16, to: u32) -> EdgeRow {
    let message = MessageId(message);
    edge(Action::Send { to: peer, message }, to)
}

/// A receive that leads to a state.
#[doc(hidden)]
pub const fn receive(from: PeerRow, message: u16, to: u32) -> EdgeRow {
    let message = MessageId(message);
    edge(Action::Receive { from, message }, to)
}

/// Any step that leads to a state.
#[doc(hidden)]
pub const fn edge(action: Action, to: u32) -> EdgeRow {
    EdgeRow {
        action,
        to: StateId(to),
    }
}

/// A state in which the run goes on, with no timer over it.
#[doc(hidden)]
pub const fn state(first: u32, count: u32) -> StateRow {
    StateRow {
        first,
        count,
        accepting: false,
        timer: None,
        turn: None,
    }
}

impl StateRow {
    /// The same, where the run may be over.
    #[doc(hidden)]
    #[must_use]
    pub const fn accepting(self) -> Self {
        Self {
            accepting: true,
            ..self
        }
    }

    /// The same, below a timer.
    #[doc(hidden)]
    #[must_use]
    pub const fn timed(self, running: Running) -> Self {
        Self {
            timer: Some(running),
            ..self
        }
    }

    /// The same, as the end of a round.
    #[doc(hidden)]
    #[must_use]
    pub const fn turning(self, turn: TurnRow) -> Self {
        Self {
            turn: Some(turn),
            ..self
        }
    }
}
