//! The initiator's half of the handshake, and what both halves end in: a session.
//!
//! A seat that this node holds as well is asked within the node, and joined directly; every other
//! one is sent a hello. All are asked at once, so that a session of many takes one round trip.

use std::{any::Any, sync::Arc};

use futures::future::try_join_all;

use super::{Inner, OpenError, link::Link, lock};
use crate::{
    endpoint::Endpoint,
    frame::{Decline, Hello, WIRE_VERSIONS, Window},
    identity::{AuthorityId, Roster, RosterError, SeatId, SignedRoster},
    session::{Choreography, Corner, Desk, Half, Outlet, Port, Role, Seat, Session},
    walk::Seating,
};

/// A finished handshake with one seat.
pub(super) struct Handshake {
    /// The peer's seat.
    pub(super) seat: SeatId,
    pub(super) way: Way,
}

/// How a seat is reached.
pub(super) enum Way {
    Far(Far),
    /// In this node: a [`Half`] of the protocol's.
    Near(Box<dyn Any + Send>),
}

/// What a handshake over a link has agreed on. Dropped before there is a session, it tells the peer
/// so.
pub(super) struct Far {
    /// This side's seat.
    pub(super) me: SeatId,
    pub(super) route: u32,
    pub(super) window: Window,
    pub(super) link: Arc<Link>,
    /// Whether there is a session.
    pub(super) bound: bool,
}

impl Drop for Far {
    fn drop(&mut self) {
        if !self.bound {
            self.link.abandon(self.route, self.me);
        }
    }
}

/// A seat that calls the others of its session.
pub(super) struct Call {
    pub(super) signed: SignedRoster,
    pub(super) roster: Roster,
    pub(super) initiator: AuthorityId,
    /// The seat that opens the session, where it is known: within the initiator's node.
    pub(super) opener: Option<SeatId>,
    pub(super) from: SeatId,
}

/// Opens a session with everyone else on the roster.
pub(super) async fn open<R: Role>(
    node: &Arc<Inner>,
    roster: Roster,
) -> Result<Session<R>, OpenError> {
    if lock(&node.offers).is_none() {
        return Err(OpenError::Closed);
    }
    roster.check(R::Of::protocol())?;
    let seat = node.seat::<R>(&roster)?;
    let issued = node.world.time.wall()?;
    let call = Call {
        signed: node.identity.sign(roster.clone(), issued)?,
        roster,
        initiator: node.identity.id(),
        opener: Some(seat),
        from: seat,
    };
    let others = (0u16..).zip(&call.roster.seats);
    let others = others.map(|(at, _)| SeatId(at)).filter(|at| *at != seat);
    let handshakes = try_join_all(others.map(|other| node.greet::<R>(&call, other))).await?;
    node.session(call.roster, seat, handshakes)
}

impl Inner {
    fn seat<R: Role>(&self, roster: &Roster) -> Result<SeatId, RosterError> {
        let mine = self.identity.id();
        let seats = (0u16..)
            .zip(&roster.seats)
            .map(|(at, seat)| (SeatId(at), seat));
        let protocol = R::Of::protocol();
        let mut seats = seats.filter(|(_, seat)| {
            seat.role == R::ROLE.0 && protocol.machine_of(R::ROLE, seat.member) == Some(R::MACHINE)
        });
        let first = roster.seat_of(R::ROLE, 0).unwrap_or(SeatId(u16::MAX));
        let found = seats
            .find(|(_, seat)| seat.authority == mine)
            .map(|(id, _)| id);
        found.ok_or(RosterError::Seat {
            seat: first,
            holder: roster.seat(first).map(|seat| seat.authority),
            claimed: mine,
        })
    }

    /// Asks one seat, here or elsewhere, and waits for the answer.
    pub(super) async fn greet<R: Role>(
        &self,
        call: &Call,
        to: SeatId,
    ) -> Result<Handshake, OpenError> {
        let holder = call.roster.seat(to).ok_or(OpenError::Closed)?.authority;
        let window = self.limits.session.window();
        let hello = Hello {
            wire: WIRE_VERSIONS.to_vec(),
            version: R::Of::protocol().version.to_owned(),
            roster: call.signed.clone(),
            from: call.from,
            to,
            window,
        };
        if holder == self.identity.id() {
            let (near, far) = Half::<R::Of>::pair(window.frames);
            let declined = |reason| OpenError::Declined { by: holder, reason };
            self.beckon(call, hello, Box::new(far)).map_err(declined)?;
            let way = Way::Near(Box::new(near));
            return Ok(Handshake { seat: to, way });
        }
        let link = lock(&self.peers).get(&holder).cloned();
        let link = link.ok_or(OpenError::NotConnected(holder))?;
        let (route, window) = link.greet(&hello).await?;
        let way = Way::Far(Far {
            me: call.from,
            route,
            window,
            link,
            bound: false,
        });
        Ok(Handshake { seat: to, way })
    }

    /// Builds the session once every handshake is done.
    pub(super) fn session<R: Role>(
        &self,
        roster: Roster,
        seat: SeatId,
        handshakes: Vec<Handshake>,
    ) -> Result<Session<R>, OpenError> {
        let protocol = R::Of::protocol();
        let shape = RosterError::Shape("a machine for the role");
        let roster = Arc::new(roster);
        let limits = self.limits.session;
        let mut endpoint = Endpoint::new(protocol, Arc::clone(&roster), seat, limits)
            .ok_or_else(|| shape.clone())?;
        let mut lines: Vec<_> = roster.seats.iter().map(|_| None).collect();
        let mut corner = Corner::new(roster.seats.len());
        let mut bound = Vec::new();
        for Handshake { seat, way } in handshakes {
            match way {
                Way::Far(far) => {
                    endpoint.handle_connected(seat, far.route);
                    endpoint.handle_window(seat, far.window);
                    if let Some(line) = lines.get_mut(usize::from(seat.0)) {
                        *line = Some(Outlet::new(Arc::clone(&far.link.line), far.route));
                    }
                    corner.part(seat);
                    bound.push((seat, far));
                }
                Way::Near(half) => corner.join(seat, self.half::<R::Of>(half)?),
            }
        }
        let port = Arc::new(Port::new(endpoint, lines));
        lock(&self.running).note(roster.session, seat, &port);
        for (peer, mut far) in bound {
            far.bound = true;
            far.link.bind(far.route, peer, &port);
        }
        let ledger = Arc::clone(&self.ledger);
        let seating = Seating::new(protocol, roster, seat).map(Arc::new);
        let desk = seating.and_then(|seating| Desk::open(ledger, seating));
        let desk = Arc::new(desk.ok_or_else(|| shape.clone())?);
        let seat = Seat::new(corner.sit(), desk, R::MACHINE, Some(port));
        Ok(Session::new(seat.ok_or(shape)?))
    }
    /// The same protocol may be compiled twice in one program; its sessions do not mix.
    fn half<P: Choreography>(&self, half: Box<dyn Any + Send>) -> Result<Half<P>, OpenError> {
        let half = half.downcast::<Half<P>>();
        half.map(|half| *half).map_err(|_| OpenError::Declined {
            by: self.identity.id(),
            reason: Decline::Protocol,
        })
    }
}
