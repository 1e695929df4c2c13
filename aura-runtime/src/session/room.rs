//! Parties in one process: their rumpsteak channels are joined directly, with nothing in between.

use std::{fmt, sync::Arc};

use rumpsteak::role::Pair;

use super::{Choreography, Desk, Party, Role, Session, credit::Credit, desk::Peer, party::Link};
use crate::{
    endpoint::Limits,
    identity::{AuthorityId, Roster, RosterError, SeatId},
    ledger::Ledger,
    machine::{RoleId, RoleSize},
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
    /// A family cannot be seated here.
    #[error("{0} is a family")]
    Family(&'static str),
}

/// The seats of one session, all in this process.
pub struct Room<P: Choreography> {
    roster: Arc<Roster>,
    seats: Vec<Option<Vec<Corner<P>>>>,
}

struct Corner<P: Choreography> {
    link: Link<P>,
    peer: Peer,
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
        if let Some(family) = protocol
            .roles
            .iter()
            .find(|role| role.size != RoleSize::One)
        {
            return Err(RoomError::Family(family.name));
        }
        let count = roster.seats.len();
        let mut seats: Vec<Vec<Corner<P>>> = (0..count).map(|_| Vec::new()).collect();
        for left in 0..count {
            for right in left..count {
                let (near, far) = Link::pair();
                if left == right {
                    seats[left].push(Corner {
                        link: near,
                        peer: Peer::Me,
                    });
                    continue;
                }
                let forth = Arc::new(Credit::new(limits.window));
                let back = Arc::new(Credit::new(limits.window));
                let peer = Peer::Here {
                    outgoing: Arc::clone(&forth),
                    incoming: Arc::clone(&back),
                };
                seats[left].push(Corner { link: near, peer });
                seats[right].push(Corner {
                    link: far,
                    peer: Peer::Here {
                        outgoing: back,
                        incoming: forth,
                    },
                });
            }
        }
        Ok(Self {
            roster: Arc::new(roster),
            seats: seats.into_iter().map(Some).collect(),
        })
    }

    /// Takes the seat of role `R`, with the ledger of the authority that sits there.
    pub fn join<R: Role<Of = P>>(&mut self, ledger: &Arc<Ledger>) -> Result<Session<R>, RoomError> {
        let name = P::protocol().role_name(R::ROLE);
        let seat = self
            .roster
            .seat_of(R::ROLE, 0)
            .ok_or(RoomError::Taken(name))?;
        let corners = self
            .seats
            .get_mut(usize::from(seat.0))
            .and_then(Option::take);
        let corners = corners.ok_or(RoomError::Taken(name))?;
        let (links, peers) = corners
            .into_iter()
            .map(|corner| (corner.link, corner.peer))
            .unzip();
        let desk = Desk::open(
            Arc::clone(ledger),
            Arc::clone(&self.roster),
            seat,
            peers,
            None,
        );
        Ok(Session::new(
            Party::new(links),
            desk.ok_or(RoomError::Taken(name))?,
        ))
    }

    /// Who sits in the seat of a role.
    pub fn authority(&self, role: RoleId) -> Option<AuthorityId> {
        let seat: SeatId = self.roster.seat_of(role, 0)?;
        Some(self.roster.seat(seat)?.authority)
    }
}
