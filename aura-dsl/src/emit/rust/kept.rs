//! What a role has to remember: payloads and results that its local steps and conditions read later.

use std::collections::{BTreeMap, BTreeSet};

use crate::global::{LabelId, LocalArg, Protocol, RoleId};
use crate::local::{Action, Machine};

/// Slots of results begin here; those of payloads are the labels' numbers.
const RESULTS: usize = 1 << 15;

/// Slots of answers begin here.
const ANSWERS: usize = 1 << 14;

/// What is kept, by role.
#[derive(Default)]
pub(super) struct Kept {
    /// Read by local steps.
    received: BTreeSet<(RoleId, LabelId)>,
    /// Read by conditions: received from one, or sent.
    compared: BTreeSet<(RoleId, LabelId)>,
    results: BTreeSet<(RoleId, String)>,
    /// Labels that a role gathers somewhere, and from whom.
    gathered: BTreeMap<(RoleId, LabelId), RoleId>,
    slots: BTreeMap<String, usize>,
}

impl Kept {
    pub(super) fn new(protocol: &Protocol, machines: &[Machine]) -> Self {
        let mut kept = Self::default();
        for local in &protocol.locals {
            let role = local.at.role;
            if let Some((name, _)) = &local.result {
                let next = kept.slots.len();
                kept.slots.entry(name.clone()).or_insert(next);
            }
            for (arg, _) in &local.args {
                match arg {
                    LocalArg::Received(label) => {
                        kept.received.insert((role, *label));
                    }
                    LocalArg::Result(id) => {
                        if let Some((name, _)) = &protocol.locals[id.index()].result {
                            kept.results.insert((role, name.clone()));
                        }
                    }
                }
            }
        }
        for machine in machines {
            let owner = machine.owner.role;
            for transition in machine.states.iter().flat_map(|state| &state.transitions) {
                if let Action::Gather { from, answers, .. } = &transition.action {
                    for (label, _) in answers {
                        kept.gathered.insert((owner, label.label), from.role);
                    }
                }
            }
        }
        kept
    }

    /// A condition reads a payload that the role received from one participant, or sent.
    pub(super) fn compares(&mut self, role: RoleId, label: LabelId) {
        self.compared.insert((role, label));
    }

    pub(super) fn reads_result(&mut self, role: RoleId, name: &str) {
        self.results.insert((role, name.to_owned()));
    }

    pub(super) fn received(&self, role: RoleId, label: LabelId) -> bool {
        self.received.contains(&(role, label))
    }

    pub(super) fn compared(&self, role: RoleId, label: LabelId) -> bool {
        self.compared.contains(&(role, label))
    }

    pub(super) fn result(&self, role: RoleId, name: &str) -> bool {
        self.results.contains(&(role, name.to_owned()))
    }

    /// From whom a role gathers a label, if it does so anywhere.
    pub(super) fn gathered(&self, role: RoleId, label: LabelId) -> Option<RoleId> {
        self.gathered.get(&(role, label)).copied()
    }

    pub(super) fn result_slot(&self, name: &str) -> u16 {
        let at = self.slots.get(name).copied().unwrap_or_default();
        u16::try_from(RESULTS + at).unwrap_or(u16::MAX)
    }
}

/// The slot of what many answered.
pub(super) fn answers_slot(label: LabelId) -> u16 {
    u16::try_from(ANSWERS + label.index()).unwrap_or(u16::MAX)
}

/// The slot of a payload.
pub(super) fn label_slot(label: LabelId) -> u16 {
    u16::try_from(label.index()).unwrap_or(u16::MAX)
}
