//! Who is let in: what is offered, and what a hello must show.
//!
//! A hello is answered only after the roster's signature, its shape, both seats and both versions
//! have been checked: the seat it comes from must belong to the authority of the connection, the
//! seat it goes to must be this node's. Then the policy is asked. A seat of this node that asks
//! another one of it has proved all that a connection would, and the rest is checked alike.

use std::{any::Any, collections::BTreeMap, sync::Arc, time::Duration};

use tokio::sync::mpsc;

use super::{
    Inner,
    link::Link,
    lock,
    open::{Call, Far, Handshake, Way},
};
use crate::{
    frame::{Decline, Hello, WIRE_VERSIONS},
    identity::{AuthorityId, Roster, SeatId, SessionId},
    machine::{MachineId, Protocol, ProtocolHash, RoleId},
};

/// Hellos that are remembered at once.
const SEEN: usize = 1 << 18;

pub(super) type Policy = Box<dyn Fn(&Roster, AuthorityId) -> bool + Send + Sync>;

/// A hello that has passed every check.
pub(super) struct Invitation {
    pub(super) hello: Hello,
    pub(super) roster: Roster,
    pub(super) initiator: AuthorityId,
    /// The seat that opens the session, where it is known: within the initiator's node.
    pub(super) opener: Option<SeatId>,
    pub(super) handshake: Handshake,
}

pub(super) struct Offer {
    pub(super) protocol: &'static Protocol,
    pub(super) policy: Policy,
    pub(super) queue: mpsc::Sender<Invitation>,
}

/// The roles that a node plays when asked.
#[derive(Default)]
pub(super) struct Offers {
    pub(super) by_machine: BTreeMap<(ProtocolHash, MachineId), Offer>,
}

impl Offers {
    /// The offer of whoever plays a role's member.
    fn find(&self, protocol: ProtocolHash, role: RoleId, member: u32) -> Option<&Offer> {
        let mut known = self.by_machine.range((protocol, MachineId(0))..);
        let ((hash, _), any) = known.next()?;
        let machine = any.protocol.machine_of(role, member)?;
        self.by_machine
            .get(&(*hash, machine))
            .filter(|_| *hash == protocol)
    }
}

/// Hellos that were accepted, with the moment from which their rosters are stale anyway.
#[derive(Default)]
pub(super) struct Seen {
    until: BTreeMap<(SessionId, SeatId, SeatId), Duration>,
}

impl Seen {
    /// Notes a hello; refuses one that was there before, and any while there are too many.
    fn note(
        &mut self,
        hello: (SessionId, SeatId, SeatId),
        now: Duration,
        until: Duration,
    ) -> Result<(), Decline> {
        if self.until.len() >= SEEN {
            self.until.retain(|_, until| *until >= now);
        }
        if self.until.contains_key(&hello) {
            return Err(Decline::Replayed);
        }
        if self.until.len() >= SEEN {
            return Err(Decline::Busy);
        }
        self.until.insert(hello, until);
        Ok(())
    }
}

impl Inner {
    /// Checks a hello and hands it to the acceptor of its role, or declines.
    pub(super) fn invite(&self, from: &Arc<Link>, route: u32, hello: Hello) {
        if let Err(reason) = self.check(from, route, hello) {
            tracing::debug!(target: "aura", peer = ?from.peer, %reason, "session declined");
            from.decline(route, reason);
        }
    }

    fn check(&self, from: &Arc<Link>, route: u32, hello: Hello) -> Result<(), Decline> {
        let wire = WIRE_VERSIONS
            .iter()
            .find(|version| hello.wire.contains(version));
        let wire = *wire.ok_or_else(|| Decline::Wire(WIRE_VERSIONS.to_vec()))?;
        let signed = hello.roster.verify().map_err(|_| Decline::Signature)?;
        let (initiator, issued) = (signed.initiator, signed.issued);
        let roster = signed.roster.clone();
        let (Some(theirs), Some(ours)) = (roster.seat(hello.from), roster.seat(hello.to)) else {
            return Err(Decline::Seat);
        };
        let mine = self.identity.id();
        if theirs.authority != from.peer || ours.authority != mine || hello.from == hello.to {
            return Err(Decline::Seat);
        }
        let fresh = self.limits.timing.fresh;
        let now = self.world.time.wall().map_err(|_| Decline::Busy)?;
        if now.abs_diff(issued) > fresh {
            return Err(Decline::Stale);
        }
        let place = self.place(&hello, &roster, initiator)?;
        let name = (roster.session, hello.from, hello.to);
        lock(&self.seen).note(name, now, issued + fresh)?;
        let way = Way::Far(Far {
            me: hello.to,
            route,
            window: hello.window,
            link: Arc::clone(from),
            bound: false,
        });
        from.welcome(route, wire);
        place.send(Invitation {
            roster,
            initiator,
            opener: None,
            handshake: Handshake {
                seat: hello.from,
                way,
            },
            hello,
        });
        Ok(())
    }

    /// Asks another seat of this node, and hands it its half of what joins the two.
    pub(super) fn beckon(
        &self,
        call: &Call,
        hello: Hello,
        half: Box<dyn Any + Send>,
    ) -> Result<(), Decline> {
        let place = self.place(&hello, &call.roster, call.initiator)?;
        place.send(Invitation {
            roster: call.roster.clone(),
            initiator: call.initiator,
            opener: call.opener,
            handshake: Handshake {
                seat: call.from,
                way: Way::Near(half),
            },
            hello,
        });
        Ok(())
    }

    /// A place with the acceptor of the seat that is asked for, if it would take the session.
    fn place(
        &self,
        hello: &Hello,
        roster: &Roster,
        initiator: AuthorityId,
    ) -> Result<mpsc::OwnedPermit<Invitation>, Decline> {
        let ours = roster.seat(hello.to).ok_or(Decline::Seat)?;
        let offers = lock(&self.offers);
        let offer = offers
            .as_ref()
            .and_then(|offers| offers.find(roster.protocol, RoleId(ours.role), ours.member));
        let offer = offer.ok_or(Decline::Protocol)?;
        if offer.protocol.version != hello.version {
            return Err(Decline::Version(offer.protocol.version.to_owned()));
        }
        roster
            .check(offer.protocol)
            .map_err(|error| Decline::Roster(error.to_string()))?;
        if lock(&self.running).plays(roster.session, hello.to) {
            return Err(Decline::Known);
        }
        if !(offer.policy)(roster, initiator) {
            return Err(Decline::Policy);
        }
        let place = offer.queue.clone().try_reserve_owned();
        place.map_err(|_| Decline::Busy)
    }
}
