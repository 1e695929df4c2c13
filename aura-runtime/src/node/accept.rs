//! The acceptor's half of the handshake: what is offered, and who is let in.
//!
//! A hello is answered only after the roster's signature, its shape, both seats and both versions
//! have been checked: the seat it comes from must belong to the authority of the connection, the
//! seat it goes to must be this node's. Then the policy is asked.

use std::{collections::BTreeMap, fmt, marker::PhantomData, sync::Arc, time::Duration};

use tokio::{
    sync::mpsc,
    time::{Instant, timeout},
};

use super::{Inner, OpenError, link::Link, lock, open::Handshake};
use crate::{
    frame::{Decline, Hello, WIRE_VERSIONS},
    identity::{AuthorityId, Roster, SeatId, SessionId, SignedRoster},
    machine::{MachineId, Protocol, ProtocolHash, RoleId},
    session::{Choreography, Role, Session},
};

/// Invitations that wait for an acceptor.
const BACKLOG: usize = 1024;

/// Hellos that are remembered at once.
const SEEN: usize = 1 << 18;

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
    by_machine: BTreeMap<(ProtocolHash, MachineId), Offer>,
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
pub(crate) struct Seen {
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
        if !(offer.policy)(&roster, initiator) {
            return Err(Decline::Policy);
        }
        let place = offer.queue.try_reserve().map_err(|_| Decline::Busy)?;
        let name = (roster.session, hello.from, hello.to);
        lock(&self.seen).note(name, now, issued + fresh)?;
        let handshake = Handshake {
            seat: hello.from,
            me: hello.to,
            route,
            window: hello.window,
            link: Arc::clone(from),
            bound: false,
        };
        from.welcome(route, wire);
        place.send(Invitation {
            hello,
            roster,
            initiator,
            handshake,
        });
        Ok(())
    }
}

/// The hellos that have come for one session.
struct Gathered {
    began: Instant,
    invitations: Vec<Invitation>,
}

/// Sessions that others open, as role `R`.
pub struct Acceptor<R: Role> {
    node: Arc<Inner>,
    queue: mpsc::Receiver<Invitation>,
    /// Sessions of more than two, some of whose hellos are still to come.
    gathering: BTreeMap<(SessionId, SeatId), Gathered>,
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
        if let Some(offers) = lock(&node.offers).as_mut() {
            offers.by_machine.insert((protocol.hash, R::MACHINE), offer);
        }
        Self {
            node,
            queue,
            gathering: BTreeMap::new(),
            role: PhantomData,
        }
    }

    /// Waits for the next session. Between acceptors the lower seat greets the higher one, so every
    /// pair of seats shakes hands once. A session for which not everyone has come in time is given
    /// up. Nothing is lost when the future is dropped, but a session that it was about to complete.
    pub async fn accept(&mut self) -> Result<Session<R>, OpenError> {
        loop {
            let patience = self.node.limits.timing.handshake;
            let invitation = if self.gathering.is_empty() {
                self.queue.recv().await
            } else if let Ok(invitation) = timeout(patience / 4, self.queue.recv()).await {
                invitation
            } else {
                self.gathering
                    .retain(|_, gathered| gathered.began.elapsed() < patience);
                continue;
            };
            let invitation = invitation.ok_or(OpenError::Closed)?;
            let key = (invitation.roster.session, invitation.hello.to);
            if self.gathering.len() >= BACKLOG && !self.gathering.contains_key(&key) {
                self.gathering.pop_first();
            }
            let gathered = self.gathering.entry(key).or_insert_with(|| Gathered {
                began: Instant::now(),
                invitations: Vec::new(),
            });
            // Whoever plays another session under this name is told by dropping the invitation.
            let mut known = gathered.invitations.iter();
            if known.any(|known| known.roster != invitation.roster) {
                continue;
            }
            gathered.invitations.push(invitation);
            if let Some((greet, signed, roster, seat)) = complete(&gathered.invitations) {
                let gathered = self.gathering.remove(&key);
                let invitations = gathered.map_or_else(Vec::new, |found| found.invitations);
                let mut handshakes: Vec<_> = invitations
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
