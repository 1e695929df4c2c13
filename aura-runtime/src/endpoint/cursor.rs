//! Where a role stands in its local type, and what it may do there.

use std::collections::BTreeSet;

use crate::machine::{
    EdgeRow, LabelId, Machine, MessageId, MessageRow, Protocol, RoleId, StateId, StateKind,
};

/// A position in a machine.
#[derive(Debug)]
pub(super) struct Cursor {
    pub(super) protocol: &'static Protocol,
    machine: &'static Machine,
    pub(super) state: StateId,
}

impl Cursor {
    pub(super) fn start(protocol: &'static Protocol, role: RoleId) -> Option<Self> {
        let machine = protocol.machine(role)?;
        Some(Self {
            protocol,
            machine,
            state: StateId::START,
        })
    }

    pub(super) fn role(&self) -> RoleId {
        self.machine.role
    }

    pub(super) fn kind(&self) -> StateKind {
        self.machine.kind(self.state)
    }

    /// The step that sends `message` here.
    pub(super) fn sends(&self, message: MessageId) -> Option<EdgeRow> {
        if self.kind() != StateKind::Send {
            return None;
        }
        self.edges()
            .map(|(edge, _)| edge)
            .find(|edge| edge.message == Some(message))
    }

    /// The step that takes `label` from `role` here.
    pub(super) fn takes(&self, role: RoleId, label: LabelId) -> Option<(EdgeRow, MessageId)> {
        self.edges().find_map(|(edge, row)| {
            let row = row?;
            (row.from == role && row.label == label).then_some((edge, edge.message?))
        })
    }

    /// The labels that are taken from `role` here.
    pub(super) fn labels_of(&self, role: RoleId) -> Vec<&'static str> {
        let rows = self
            .edges()
            .filter_map(|(_, row)| row)
            .filter(|row| row.from == role);
        rows.map(|row| self.protocol.label_name(row.label))
            .collect()
    }

    /// The roles that are listened to here.
    pub(super) fn senders(&self) -> BTreeSet<RoleId> {
        self.edges()
            .filter_map(|(_, row)| Some(row?.from))
            .collect()
    }

    fn edges(&self) -> impl Iterator<Item = (EdgeRow, Option<&'static MessageRow>)> + '_ {
        let rows = self.machine.edges(self.state).iter();
        rows.map(|edge| (*edge, edge.message.and_then(|id| self.protocol.message(id))))
    }
}
