//! A node: one authority's connections, and the sessions that run over them.
//!
//! In: connections whose peer is proved, rosters to open, roles to offer. Out: typed sessions. A
//! handshake is complete before a session exists; what arrives for it meanwhile waits, bounded, in
//! its route. Left out on purpose: what a session does, and who may ask: a policy callback says that
//! of every roster.

mod accept;
mod line;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
};

pub use self::accept::Acceptor;
use self::{accept::Offers, line::Shared};
use crate::{
    endpoint::{Endpoint, Limits},
    frame::{Decline, Hello, WIRE_VERSIONS},
    identity::{AuthorityId, Identity, Roster, RosterError, SeatId, SessionId, SignedRoster},
    ledger::Ledger,
    session::{Choreography, Desk, Party, Peer, Port, Role, Session},
    transport::Connection,
};

/// Bounds of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NodeLimits {
    /// Bounds of each session.
    pub session: Limits,
    /// Sessions on one connection.
    pub sessions_per_peer: usize,
    /// Frames that do not fit, after which a connection is closed.
    pub faults_per_peer: u32,
}

impl Default for NodeLimits {
    fn default() -> Self {
        Self {
            session: Limits::default(),
            sessions_per_peer: 16_384,
            faults_per_peer: 16,
        }
    }
}

/// Why a session did not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The roster does not fit the protocol, or has no seat for this node.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// There is no connection to somebody on the roster.
    #[error("there is no connection to {0:?}")]
    NotConnected(AuthorityId),
    /// A peer declined.
    #[error("{by:?} declined: {reason}")]
    Declined {
        /// Who.
        by: AuthorityId,
        /// Why.
        reason: Decline,
    },
    /// A connection was lost during the handshake, or answered with something else.
    #[error("the connection to {0:?} was lost during the handshake")]
    Lost(AuthorityId),
    /// The node has shut down.
    #[error("the node is closed")]
    Closed,
}

/// One authority's connections and sessions.
#[derive(Clone)]
pub struct Node {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    identity: Identity,
    ledger: Arc<Ledger>,
    limits: NodeLimits,
    peers: Mutex<BTreeMap<AuthorityId, Arc<Shared>>>,
    /// Sessions that run, so that a roster cannot be played twice at once.
    running: Mutex<BTreeMap<(SessionId, SeatId), Weak<Port>>>,
    offers: Offers,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("identity", &self.inner.identity)
            .finish_non_exhaustive()
    }
}

impl Node {
    /// A node without connections.
    pub fn new(identity: Identity, ledger: Arc<Ledger>, limits: NodeLimits) -> Self {
        let inner = Inner {
            identity,
            ledger,
            limits,
            peers: Mutex::default(),
            running: Mutex::default(),
            offers: Offers::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Whose node it is.
    pub fn authority(&self) -> AuthorityId {
        self.inner.identity.id()
    }

    /// Takes a connection over. It is read and written by tasks of its own until either side closes
    /// it; a second connection to one peer takes the place of the first for sessions to come.
    pub fn attach(&self, connection: Connection) {
        let peer = connection.peer;
        let shared = line::start(connection, Arc::downgrade(&self.inner), self.inner.limits);
        lock(&self.inner.peers).insert(peer, shared);
    }

    /// Opens a session as role `R` and initiator: signs the roster, and shakes hands with everyone
    /// else on it.
    pub async fn open<R: Role>(&self, roster: Roster) -> Result<Session<R>, OpenError> {
        roster.check(R::Of::protocol())?;
        let seat = self.inner.seat::<R>(&roster)?;
        let signed = self.inner.identity.sign(roster.clone())?;
        let others = (0u16..).zip(&roster.seats).map(|(at, _)| SeatId(at));
        let mut handshakes = Vec::new();
        for other in others.filter(|other| *other != seat) {
            handshakes.push(self.inner.greet::<R>(&signed, &roster, seat, other).await?);
        }
        self.inner.session(roster, seat, handshakes)
    }

    /// Offers role `R`: whoever sends a roster that fits, and that `policy` accepts, gets a session.
    pub fn offer<R: Role>(
        &self,
        policy: impl Fn(&Roster, AuthorityId) -> bool + Send + Sync + 'static,
    ) -> Acceptor<R> {
        Acceptor::new(Arc::clone(&self.inner), Box::new(policy))
    }

    /// Closes every connection after what is queued has been written.
    pub async fn shutdown(&self) {
        let peers = std::mem::take(&mut *lock(&self.inner.peers));
        for shared in peers.into_values() {
            shared.close().await;
        }
    }
}

/// A finished handshake with one seat.
pub(crate) struct Handshake {
    seat: SeatId,
    route: u32,
    shared: Arc<Shared>,
}

impl Inner {
    fn seat<R: Role>(&self, roster: &Roster) -> Result<SeatId, RosterError> {
        let mine = self.identity.id();
        let seats = (0u16..)
            .zip(&roster.seats)
            .map(|(at, seat)| (SeatId(at), seat));
        let mut seats = seats.filter(|(_, seat)| seat.role == R::ROLE.0);
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

    fn peer(&self, authority: AuthorityId) -> Result<Arc<Shared>, OpenError> {
        lock(&self.peers)
            .get(&authority)
            .cloned()
            .ok_or(OpenError::NotConnected(authority))
    }

    /// Sends a hello to one seat and waits for the answer.
    async fn greet<R: Role>(
        &self,
        signed: &SignedRoster,
        roster: &Roster,
        from: SeatId,
        to: SeatId,
    ) -> Result<Handshake, OpenError> {
        let holder = roster.seat(to).ok_or(OpenError::Closed)?.authority;
        let shared = self.peer(holder)?;
        let hello = Hello {
            wire: WIRE_VERSIONS.to_vec(),
            version: R::Of::protocol().version.to_owned(),
            roster: signed.clone(),
            from,
            to,
        };
        let route = shared.greet(&hello, holder).await?;
        Ok(Handshake {
            seat: to,
            route,
            shared,
        })
    }

    /// Builds the session once every handshake is done.
    fn session<R: Role>(
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
        let mut lines = vec![None; roster.seats.len()];
        for handshake in &handshakes {
            endpoint.handle_connected(handshake.seat, handshake.route);
            if let Some(line) = lines.get_mut(usize::from(handshake.seat.0)) {
                *line = Some(handshake.shared.line());
            }
        }
        let peers = (0u16..).zip(&roster.seats).map(|(at, _)| {
            if SeatId(at) == seat {
                Peer::Me
            } else {
                Peer::There
            }
        });
        let peers = peers.collect();
        let port = Arc::new(Port::new(endpoint, lines));
        let mut running = lock(&self.running);
        running.retain(|_, port| port.strong_count() > 0);
        running.insert((roster.session, seat), Arc::downgrade(&port));
        drop(running);
        for handshake in handshakes {
            handshake
                .shared
                .route(handshake.route, handshake.seat, &port);
        }
        let ledger = Arc::clone(&self.ledger);
        let desk = Desk::open(ledger, roster, seat, peers, Some(port)).ok_or(shape)?;
        Ok(Session::new(Party::alone(protocol.roles.len()), desk))
    }
}

/// What is locked stays usable after a panic elsewhere: every change is a single insertion.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
