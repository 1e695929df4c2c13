//! The sizes at which a protocol with symbolic families is decided (SEMANTICS 3, the cutoff).
//!
//! In: a protocol. Out: [`Instance`]s, each a number of members per family. What holds: a protocol
//! without families has exactly one instance. The cutoff is argued and tested, not proved, and the
//! verdict's method says so.

use crate::global::{Members, Protocol, RoleId, Size};

/// Families of sizes that were given are decided with so many members; larger ones at the cutoff.
const WHOLE: u64 = 12;

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
    /// family's size, as many as were given where the family is decided whole, else one, since one
    /// answer blocks the collector least.
    pub fn need(&self, protocol: &Protocol, family: RoleId, quorum: &Size) -> usize {
        let of = self.members(family).unwrap_or(1);
        let size = protocol.roles[family.index()].family.as_ref();
        match quorum {
            _ if size == Some(quorum) => of,
            Size::Number(need) if self.is_whole(protocol, family) => {
                usize::try_from(*need).map_or(of, |need| need.min(of))
            }
            _ => of.min(1),
        }
    }

    /// Whether a family whose size was given has all of its members here.
    pub fn is_whole(&self, protocol: &Protocol, family: RoleId) -> bool {
        let members = self
            .members(family)
            .and_then(|count| u64::try_from(count).ok());
        !protocol.given.is_empty()
            && matches!(protocol.roles[family.index()].family, Some(Size::Number(size)) if members == Some(size))
    }

    /// Whether every family has a member.
    pub fn is_full(&self) -> bool {
        !self.members.contains(&Some(0))
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
                    Size::Number(number) if !protocol.given.is_empty() && *number <= WHOLE => {
                        vec![usize::try_from(*number).ok()]
                    }
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
