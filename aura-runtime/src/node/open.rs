//! The initiator's half of the handshake, and what both halves end in: a session.

use std::sync::Arc;

use super::{Inner, OpenError, link::Link, lock};
use crate::{
    endpoint::Endpoint,
    frame::{Hello, WIRE_VERSIONS, Window},
    identity::{Roster, RosterError, SeatId, SignedRoster},
    session::{Choreography, Desk, Outlet, Party, Peer, Port, Role, Seat, Session},
    walk::Seating,
};

/// A finished handshake with one seat. Dropped before there is a session, it tells the peer so.
pub(super) struct Handshake {
    /// The peer's seat, and this side's.
    pub(super) seat: SeatId,
    pub(super) me: SeatId,
    pub(super) route: u32,
    pub(super) window: Window,
    pub(super) link: Arc<Link>,
    /// Whether there is a session.
    pub(super) bound: bool,
}

impl Drop for Handshake {
    fn drop(&mut self) {
        if !self.bound {
            self.link.abandon(self.route, self.me);
        }
    }
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
    let signed = node.identity.sign(roster.clone(), issued)?;
    let others = (0u16..).zip(&roster.seats).map(|(at, _)| SeatId(at));
    let mut handshakes = Vec::new();
    for other in others.filter(|other| *other != seat) {
        handshakes.push(node.greet::<R>(&signed, &roster, seat, other).await?);
    }
    node.session(roster, seat, handshakes)
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

    /// Sends a hello to one seat and waits for the answer.
    pub(super) async fn greet<R: Role>(
        &self,
        signed: &SignedRoster,
        roster: &Roster,
        from: SeatId,
        to: SeatId,
    ) -> Result<Handshake, OpenError> {
        let holder = roster.seat(to).ok_or(OpenError::Closed)?.authority;
        let link = lock(&self.peers).get(&holder).cloned();
        let link = link.ok_or(OpenError::NotConnected(holder))?;
        let hello = Hello {
            wire: WIRE_VERSIONS.to_vec(),
            version: R::Of::protocol().version.to_owned(),
            roster: signed.clone(),
            from,
            to,
            window: link.room(),
        };
        let (route, window) = link.greet(&hello).await?;
        Ok(Handshake {
            seat: to,
            me: from,
            route,
            window,
            link,
            bound: false,
        })
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
        for handshake in &handshakes {
            endpoint.handle_connected(handshake.seat, handshake.route);
            endpoint.handle_window(handshake.seat, handshake.window);
            if let Some(line) = lines.get_mut(usize::from(handshake.seat.0)) {
                let link = &handshake.link;
                *line = Some(Outlet::new(Arc::clone(&link.line), handshake.route));
            }
        }
        let peers = (0u16..).zip(&roster.seats).flat_map(|(at, _)| {
            let peer = if SeatId(at) == seat {
                Peer::Me
            } else {
                Peer::There
            };
            std::iter::repeat_n(peer, usize::from(protocol.queues))
        });
        let peers = peers.collect();
        let port = Arc::new(Port::new(endpoint, lines));
        lock(&self.running).note(roster.session, seat, &port);
        for mut handshake in handshakes {
            handshake.bound = true;
            handshake.link.bind(handshake.route, handshake.seat, &port);
        }
        let ledger = Arc::clone(&self.ledger);
        let seating = Seating::new(protocol, roster, seat).map(Arc::new);
        let desk = seating.and_then(|seating| Desk::open(ledger, seating));
        let desk = Arc::new(desk.ok_or_else(|| shape.clone())?);
        let seat = Seat::new(Party::new(vec![]), peers, desk, R::MACHINE, Some(port));
        Ok(Session::new(seat.ok_or(shape)?))
    }
}
