//! Where a step stands, and which processes act for its participants there.

use std::collections::BTreeMap;

use super::super::alphabet::{Process, ProcessId, ROOT, ScopeId};
use super::Builder;
use crate::global::{LoopId, Members, Party, RoleId, TimerId};

/// What the place of a step decides about its edges.
#[derive(Clone, Default)]
pub(super) struct Place {
    pub(super) scope: Option<ScopeId>,
    /// By loop: the member of the round.
    pub(super) index: BTreeMap<LoopId, usize>,
    /// By role or member: the thread that acts for it here.
    pub(super) threads: BTreeMap<ProcessId, ProcessId>,
    /// The timers whose guarded segment this is, by decider.
    pub(super) guarded: Vec<(ProcessId, TimerId)>,
}

impl Place {
    pub(super) fn scope(&self) -> ScopeId {
        self.scope.unwrap_or(ROOT)
    }

    /// The timer of a receiver in whose guarded segment this is.
    pub(super) fn timer_of(&self, receiver: ProcessId) -> Option<TimerId> {
        self.guarded
            .iter()
            .find(|(decider, _)| *decider == receiver)
            .map(|(_, timer)| *timer)
    }
}

impl Builder<'_> {
    pub(super) fn process(&mut self, role: RoleId, member: Option<usize>) -> ProcessId {
        ProcessId(self.processes.intern(Process {
            role,
            member,
            thread: Vec::new(),
        }))
    }

    /// The processes that a party stands for at a place, as the threads that act for them.
    pub(super) fn members(&mut self, party: &Party, place: &Place) -> Vec<ProcessId> {
        let count = self.instance.members(party.role);
        let found: Vec<Option<usize>> = match (&party.members, count) {
            (_, None) => vec![None],
            (Members::All | Members::Any(_) | Members::Single, Some(count)) => {
                (0..count).map(Some).collect()
            }
            (Members::Constant(index), Some(count)) => {
                let index = usize::try_from(*index).unwrap_or(usize::MAX);
                if index < count {
                    vec![Some(index)]
                } else {
                    Vec::new()
                }
            }
            (Members::Index(id), Some(_)) => {
                vec![Some(place.index.get(id).copied().unwrap_or(0))]
            }
        };
        found
            .into_iter()
            .map(|member| {
                let process = self.process(party.role, member);
                place.threads.get(&process).copied().unwrap_or(process)
            })
            .collect()
    }

    /// The process of a party that is a single role or one member.
    pub(super) fn one(&mut self, party: &Party, place: &Place) -> ProcessId {
        let members = self.members(party, place);
        match members.first() {
            Some(process) => *process,
            None => self.process(party.role, None),
        }
    }
}
