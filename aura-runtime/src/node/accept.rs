//! The acceptor's half of the handshake: what is offered, and who is let in.
//!
//! A hello is answered only after the roster's signature, its shape, both seats and both versions
//! have been checked: the seat it comes from must belong to the authority of the connection, the
//! seat it goes to must be this node's. Then the policy is asked.

use std::{
    collections::BTreeMap,
    fmt,
    marker::PhantomData,
    sync::{Arc, Mutex},
};

use tokio::sync::mpsc;

use super::{Handshake, Inner, OpenError, line::Shared, lock};
use crate::{
    frame::{Decline, Hello, WIRE_VERSIONS},
    identity::{AuthorityId, Roster, SeatId, SessionId, SignedRoster},
    machine::{Protocol, ProtocolHash, RoleId},
    session::{Choreography, Role, Session},
};

/// Invitations that wait for an acceptor.
const BACKLOG: usize = 1024;

type Policy = Box<dyn Fn(&Roster, AuthorityId) -> bool + Send + Sync>;

/// A hello that has passed every check.
struct Invitation {
    hello: Hello,
    roster: Roster,
    initiator: AuthorityId,
    handshake: Handshake,
}

struct Offer {
    protocol: &'static Protocol,
    policy: Policy,
    queue: mpsc::Sender<Invitation>,
}

/// The roles that a node plays when asked.
#[derive(Default)]
pub(crate) struct Offers {
    by_role: Mutex<BTreeMap<(ProtocolHash, RoleId), Offer>>,
}

impl Inner {
    /// Checks a hello and hands it to the acceptor of its role, or declines.
    pub(super) fn invite(&self, from: &Arc<Shared>, route: u32, hello: Hello) {
        if let Err(reason) = self.check(from, route, hello) {
            tracing::debug!(target: "aura", peer = ?from.peer, %reason, "session declined");
            from.decline(route, reason);
        }
    }

    fn check(&self, from: &Arc<Shared>, route: u32, hello: Hello) -> Result<(), Decline> {
        let unfit = |error: &dyn fmt::Display| Decline::Roster(error.to_string());
        let wire = WIRE_VERSIONS
            .iter()
            .find(|version| hello.wire.contains(version));
        let wire = *wire.ok_or_else(|| Decline::Wire(WIRE_VERSIONS.to_vec()))?;
        let (roster, initiator) = hello.roster.verify().map_err(|error| unfit(&error))?;
        let roster = roster.clone();
        let (Some(theirs), Some(ours)) = (roster.seat(hello.from), roster.seat(hello.to)) else {
            return Err(unfit(&"no such seat"));
        };
        let mine = self.identity.id();
        if theirs.authority != from.peer || ours.authority != mine || hello.from == hello.to {
            return Err(unfit(&"a seat is somebody else's"));
        }
        let offers = lock(&self.offers.by_role);
        let offer = offers
            .get(&(roster.protocol, RoleId(ours.role)))
            .ok_or(Decline::Protocol)?;
        if offer.protocol.version != hello.version {
            return Err(Decline::Version(offer.protocol.version.to_owned()));
        }
        roster
            .check(offer.protocol)
            .map_err(|error| unfit(&error))?;
        let running = lock(&self.running)
            .get(&(roster.session, hello.to))
            .cloned();
        if running.is_some_and(|port| port.strong_count() > 0) {
            return Err(Decline::Known);
        }
        if !(offer.policy)(&roster, initiator) {
            return Err(Decline::Policy);
        }
        let handshake = Handshake {
            seat: hello.from,
            route,
            shared: Arc::clone(from),
        };
        let invitation = Invitation {
            hello,
            roster,
            initiator,
            handshake,
        };
        offer
            .queue
            .try_send(invitation)
            .map_err(|_| Decline::Busy)?;
        from.welcome(route, wire);
        Ok(())
    }
}

/// Sessions that others open, as role `R`.
pub struct Acceptor<R: Role> {
    node: Arc<Inner>,
    queue: mpsc::Receiver<Invitation>,
    /// Sessions of more than two, some of whose hellos are still to come.
    gathering: BTreeMap<(SessionId, SeatId), Vec<Invitation>>,
    role: PhantomData<fn() -> R>,
}

impl<R: Role> fmt::Debug for Acceptor<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acceptor")
            .field("role", &R::ROLE)
            .finish_non_exhaustive()
    }
}

impl<R: Role> Acceptor<R> {
    pub(super) fn new(node: Arc<Inner>, policy: Policy) -> Self {
        let protocol = R::Of::protocol();
        let (sender, queue) = mpsc::channel(BACKLOG);
        let offer = Offer {
            protocol,
            policy,
            queue: sender,
        };
        lock(&node.offers.by_role).insert((protocol.hash, R::ROLE), offer);
        Self {
            node,
            queue,
            gathering: BTreeMap::new(),
            role: PhantomData,
        }
    }

    /// Waits for the next session. Between acceptors the lower seat greets the higher one, so every
    /// pair of seats shakes hands once.
    pub async fn accept(&mut self) -> Result<Session<R>, OpenError> {
        loop {
            let invitation = self.queue.recv().await.ok_or(OpenError::Closed)?;
            let key = (invitation.roster.session, invitation.hello.to);
            if self.gathering.len() >= BACKLOG && !self.gathering.contains_key(&key) {
                self.gathering.pop_first();
            }
            let gathered = self.gathering.entry(key).or_default();
            if gathered
                .iter()
                .any(|known| known.roster != invitation.roster)
            {
                invitation
                    .handshake
                    .shared
                    .decline(invitation.handshake.route, Decline::Known);
                continue;
            }
            gathered.push(invitation);
            if let Some((greet, signed, roster, seat)) = complete(gathered) {
                let gathered = self.gathering.remove(&key).unwrap_or_default();
                let mut handshakes: Vec<_> = gathered
                    .into_iter()
                    .map(|invitation| invitation.handshake)
                    .collect();
                for other in greet {
                    handshakes.push(self.node.greet::<R>(&signed, &roster, seat, other).await?);
                }
                return self.node.session(roster, seat, handshakes);
            }
        }
    }
}

/// Once everyone who greets this seat has: the seats that it must greet, and with what.
fn complete(gathered: &[Invitation]) -> Option<(Vec<SeatId>, SignedRoster, Roster, SeatId)> {
    let first = gathered.first()?;
    let (roster, seat) = (&first.roster, first.hello.to);
    let mut greet = Vec::new();
    for (at, other) in (0u16..).zip(&roster.seats) {
        let other_seat = SeatId(at);
        let greets = other_seat < seat || other.authority == first.initiator;
        if other_seat == seat {
            continue;
        }
        if !greets {
            greet.push(other_seat);
        } else if gathered.iter().all(|known| known.hello.from != other_seat) {
            return None;
        }
    }
    Some((greet, first.hello.roster.clone(), roster.clone(), seat))
}
