//! Who sits where in one session, seen from one seat: the roster, indexed once.

use std::sync::Arc;

use crate::{
    identity::{AuthorityId, Roster, SeatId},
    machine::{PeerRow, Protocol, Reach, RoleId},
};

/// The seats of a session, as one of them sees it.
#[derive(Debug)]
pub(crate) struct Seating {
    protocol: &'static Protocol,
    roster: Arc<Roster>,
    me: SeatId,
    role: RoleId,
    member: u32,
    /// For each role its first seat and how many there are.
    families: Vec<(u16, u32)>,
}

impl Seating {
    /// The roster has been checked against the protocol.
    pub(crate) fn new(
        protocol: &'static Protocol,
        roster: Arc<Roster>,
        me: SeatId,
    ) -> Option<Self> {
        let seat = roster.seat(me)?;
        let (role, member) = (RoleId(seat.role), seat.member);
        let mut first = 0u16;
        let mut families = Vec::with_capacity(protocol.roles.len());
        for row in protocol.roles {
            let count = roster.members(row.size);
            families.push((first, count));
            first = first.checked_add(u16::try_from(count).ok()?)?;
        }
        Some(Self {
            protocol,
            roster,
            me,
            role,
            member,
            families,
        })
    }

    #[inline]
    pub(crate) fn protocol(&self) -> &'static Protocol {
        self.protocol
    }

    #[inline]
    pub(crate) fn roster(&self) -> &Roster {
        &self.roster
    }

    pub(crate) fn sizes(&self) -> &[u32] {
        &self.roster.sizes
    }

    #[inline]
    pub(crate) fn me(&self) -> SeatId {
        self.me
    }

    pub(crate) fn role(&self) -> RoleId {
        self.role
    }

    /// The index within the family; 0 for a single role.
    pub(crate) fn member(&self) -> u32 {
        self.member
    }

    /// How many members a role has.
    pub(crate) fn members(&self, role: RoleId) -> u32 {
        self.families
            .get(usize::from(role.0))
            .map_or(0, |(_, count)| *count)
    }

    pub(crate) fn seat_of(&self, role: RoleId, member: u32) -> Option<SeatId> {
        let (first, count) = *self.families.get(usize::from(role.0))?;
        let member = u16::try_from(member).ok().filter(|_| member < count)?;
        Some(SeatId(first + member))
    }

    #[inline]
    pub(crate) fn role_of(&self, seat: SeatId) -> Option<RoleId> {
        self.roster.seat(seat).map(|seat| RoleId(seat.role))
    }

    /// The name of the role that sits there.
    pub(crate) fn name_of(&self, seat: SeatId) -> &'static str {
        self.role_of(seat)
            .map_or("?", |role| self.protocol.role_name(role))
    }

    #[inline]
    pub(crate) fn authority_of(&self, seat: SeatId) -> Option<AuthorityId> {
        self.roster.seat(seat).map(|seat| seat.authority)
    }

    /// The one member that a peer row names, with its seat; the first where it names several.
    #[inline]
    pub(crate) fn one(&self, peer: PeerRow, counters: &[u32]) -> Option<(u32, SeatId)> {
        let (first, count) = *self.families.get(usize::from(peer.role.0))?;
        let member = match peer.reach {
            Reach::Single => 0,
            Reach::Constant(index) => index,
            Reach::Index(counter) => *counters.get(usize::from(counter.0))?,
            Reach::All | Reach::Others => return self.reach(peer, counters).next(),
        };
        // The roster has at most as many seats as a `u16` counts.
        let seat = first.checked_add(u16::try_from(member).ok()?)?;
        (member < count).then_some((member, SeatId(seat)))
    }

    /// The members that a peer row stands for, with their seats.
    #[inline]
    pub(crate) fn reach(
        &self,
        peer: PeerRow,
        counters: &[u32],
    ) -> impl Iterator<Item = (u32, SeatId)> + use<> {
        let (first, count) = self
            .families
            .get(usize::from(peer.role.0))
            .copied()
            .unwrap_or((0, 0));
        let one = |index: u32| (index, count.min(index.saturating_add(1)));
        let (from, to) = match peer.reach {
            Reach::Single => one(0),
            Reach::Constant(index) => one(index),
            Reach::Index(counter) => one(counters
                .get(usize::from(counter.0))
                .copied()
                .unwrap_or(u32::MAX)),
            Reach::All | Reach::Others => (0, count),
        };
        let me = (peer.reach == Reach::Others).then_some(self.me);
        (from..to)
            .filter_map(move |member| {
                let seat = SeatId(first.checked_add(u16::try_from(member).ok()?)?);
                Some((member, seat))
            })
            .filter(move |(_, seat)| Some(*seat) != me)
    }
}
