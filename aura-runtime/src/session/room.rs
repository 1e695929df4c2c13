//! Parties in one process: their rumpsteak channels are joined directly, with nothing in between.

use std::{fmt, sync::Arc};

use super::{
    Choreography, Desk, Role, Seat, Session,
    corner::{Corner, Half},
};
use crate::{
    endpoint::Limits,
    identity::{AuthorityId, Roster, RosterError, SeatId},
    ledger::Ledger,
    machine::RoleId,
    walk::Seating,
};

/// Why nobody can take this seat.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoomError {
    /// The roster does not fit the protocol.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// Somebody has the seat already, or there is none.
    #[error("the seat of {0} is not free")]
    Taken(&'static str),
    /// The member's local type is another role's.
    #[error("member {member} of {role} has a role of its own")]
    Member {
        /// The role's name.
        role: &'static str,
        /// The member.
        member: u32,
    },
}

/// The seats of one session, all in this process.
///
/// Who has not joined when the room is dropped is gone for the others.
pub struct Room<P: Choreography> {
    roster: Arc<Roster>,
    seats: Vec<Option<Corner<P>>>,
}

impl<P: Choreography> fmt::Debug for Room<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room")
            .field("roster", &self.roster)
            .finish_non_exhaustive()
    }
}

impl<P: Choreography> Room<P> {
    /// A room for the session of this roster.
    pub fn new(roster: Roster, limits: Limits) -> Result<Self, RoomError> {
        let protocol = P::protocol();
        roster.check(protocol)?;
        let count = roster.seats.len();
        let mut seats: Vec<Corner<P>> = (0..count).map(|_| Corner::new(count)).collect();
        for left in 0..count {
            for right in left + 1..count {
                let (near, far) = Half::pair(limits.window);
                seats[left].join(seat(right), near);
                seats[right].join(seat(left), far);
            }
        }
        Ok(Self {
            roster: Arc::new(roster),
            seats: seats.into_iter().map(Some).collect(),
        })
    }

    /// Takes the seat of role `R`, with the ledger of the authority that sits there. Of a family, it
    /// is the first seat that is free and has this role.
    pub fn join<R: Role<Of = P>>(&mut self, ledger: &Arc<Ledger>) -> Result<Session<R>, RoomError> {
        let protocol = P::protocol();
        let members = self.roster.seats.iter().zip(&self.seats);
        let free = members.filter(|(seat, corner)| {
            seat.role == R::ROLE.0
                && corner.is_some()
                && protocol.machine_of(R::ROLE, seat.member) == Some(R::MACHINE)
        });
        let member = free.map(|(seat, _)| seat.member).next();
        let member = member.ok_or(RoomError::Taken(protocol.role_name(R::ROLE)))?;
        self.join_member(member, ledger)
    }

    /// Takes the seat of one member of the family `R`.
    pub fn join_member<R: Role<Of = P>>(
        &mut self,
        member: u32,
        ledger: &Arc<Ledger>,
    ) -> Result<Session<R>, RoomError> {
        let protocol = P::protocol();
        let role = protocol.role_name(R::ROLE);
        let me = self.roster.seat_of(R::ROLE, member);
        let me = me.ok_or(RoomError::Taken(role))?;
        if protocol.machine_of(R::ROLE, member) != Some(R::MACHINE) {
            return Err(RoomError::Member { role, member });
        }
        let corner = self.seats.get_mut(usize::from(me.0));
        let corner = corner
            .and_then(Option::take)
            .ok_or(RoomError::Taken(role))?;
        let seating = Seating::new(protocol, Arc::clone(&self.roster), me).map(Arc::new);
        let seating = seating.ok_or(RoomError::Taken(role))?;
        let desk = Desk::open(Arc::clone(ledger), seating).map(Arc::new);
        let desk = desk.ok_or(RoomError::Taken(role))?;
        let seat = Seat::new(corner.sit(), desk, R::MACHINE, None);
        Ok(Session::new(seat.ok_or(RoomError::Taken(role))?))
    }

    /// Who sits in the seat of a role.
    pub fn authority(&self, role: RoleId) -> Option<AuthorityId> {
        let seat: SeatId = self.roster.seat_of(role, 0)?;
        Some(self.roster.seat(seat)?.authority)
    }
}

/// The roster has been checked: there are no more seats than numbers.
fn seat(at: usize) -> SeatId {
    SeatId(u16::try_from(at).unwrap_or(u16::MAX))
}
