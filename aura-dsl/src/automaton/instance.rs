//! The sizes at which a protocol with symbolic families is decided (SEMANTICS 3, the cutoff).
//!
//! In: a protocol. Out: [`Instance`]s, each a number of members per family. What holds: a protocol
//! without families has exactly one instance. The cutoff is argued and tested, not proved, and the
//! verdict's method says so.

use crate::global::{Members, Protocol, RoleId, Size};

/// How many members each family has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Instance {
    /// By role: the number of members, `None` for a single role.
    members: Vec<Option<usize>>,
}

impl Instance {
    /// The number of members of a family, `None` for a single role.
    pub fn members(&self, role: RoleId) -> Option<usize> {
        self.members[role.index()]
    }

    /// How many answers of a gather from `family` are waited for: all where the quorum is the
    /// family's size, else one, since one answer blocks the collector least.
    pub fn need(&self, protocol: &Protocol, family: RoleId, quorum: &Size) -> usize {
        let of = self.members(family).unwrap_or(1);
        if protocol.roles[family.index()].family.as_ref() == Some(quorum) {
            of
        } else {
            of.min(1)
        }
    }
}

/// The instances that decide a protocol. The parts of a split family may be empty, so each is
/// decided with no member and with its cutoff.
pub fn instances(protocol: &Protocol) -> Vec<Instance> {
    let mut found = vec![Instance {
        members: Vec::new(),
    }];
    for (index, role) in protocol.roles.iter().enumerate() {
        let sizes: Vec<Option<usize>> = match &role.family {
            None => vec![None],
            Some(size) => {
                let cutoff = cutoff(protocol, RoleId::of(index));
                match size {
                    Size::Number(number) => {
                        vec![Some(cutoff.min(usize::try_from(*number).unwrap_or(cutoff)))]
                    }
                    _ if role.part.is_some() => vec![Some(cutoff), Some(0)],
                    _ => vec![Some(cutoff)],
                }
            }
        };
        found = sizes
            .iter()
            .flat_map(|size| {
                found.iter().map(|instance| {
                    let mut members = instance.members.clone();
                    members.push(*size);
                    Instance { members }
                })
            })
            .collect();
    }
    found
}

/// m = 2; with constants up to c, m = c + 3; with an exchange, m = 3.
fn cutoff(protocol: &Protocol, family: RoleId) -> usize {
    let role = &protocol.roles[family.index()];
    let constants = role.constants.last().map_or(0, |largest| {
        usize::try_from(*largest).map_or(usize::MAX, |largest| largest.saturating_add(3))
    });
    let exchanged = protocol.sends.iter().any(|send| {
        send.from.role == family
            && send.to.role == family
            && send.from.members == Members::All
            && send.to.members == Members::All
    });
    constants.max(if exchanged { 3 } else { 2 })
}

/// The largest number of members that any family has in any instance.
pub fn largest(instances: &[Instance]) -> usize {
    instances
        .iter()
        .flat_map(|instance| instance.members.iter().flatten().copied())
        .max()
        .unwrap_or(1)
}
