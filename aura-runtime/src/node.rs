//! A node: one authority's connections, and the sessions that run over them.
//!
//! In: connections whose peer is proved, or a network to make them on; rosters to open, roles to
//! offer. Out: typed sessions. A handshake is complete before a session exists; what arrives for it
//! meanwhile waits, bounded, in its route. A session outlives the connection below it: see
//! `node/link.rs`. A node needs a tokio runtime with its timer. Left out on purpose: what a session
//! does, and who may ask: a policy callback says that of every roster.

mod accept;
mod admit;
mod limits;
mod link;
mod open;
mod routes;
mod running;
mod serve;
mod supervise;

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::Instant};

pub use self::{
    accept::Acceptor,
    limits::{NodeLimits, Timing},
};
use self::{
    admit::{Offers, Seen},
    link::{Link, Phase},
    running::Running,
};
use crate::{
    effects::{
        network::{AnyNetwork, NetworkEffects},
        random::{RandomEffects, SystemRandom, bytes},
        time::{SystemTimes, TimeEffects, TimeError},
    },
    frame::Decline,
    identity::{AuthorityId, Identity, Roster, RosterError},
    ledger::Ledger,
    session::{Role, Session},
    transport::{Connection, TransportError},
};

/// Why a session did not open.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OpenError {
    /// The roster does not fit the protocol, or has no seat for this node.
    #[error(transparent)]
    Roster(#[from] RosterError),
    /// There is no connection to somebody on the roster.
    #[error("there is no connection to {0:?}")]
    NotConnected(AuthorityId),
    /// There are as many sessions with somebody on the roster as this node allows.
    #[error("there are too many sessions with {0:?}")]
    Busy(AuthorityId),
    /// A peer declined.
    #[error("{by:?} declined: {reason}")]
    Declined {
        /// Who.
        by: AuthorityId,
        /// Why.
        reason: Decline,
    },
    /// A connection was lost during the handshake, or no answer came in time.
    #[error("the connection to {0:?} was lost during the handshake")]
    Lost(AuthorityId),
    /// There is no time of day to sign a roster with.
    #[error(transparent)]
    Time(#[from] TimeError),
    /// The node has shut down.
    #[error("the node is closed")]
    Closed,
}

/// What a node asks of the world besides connections.
#[derive(Clone)]
pub struct World {
    /// Clocks: the wall's dates rosters.
    pub time: Arc<dyn TimeEffects>,
    /// Names of links, and pauses.
    pub random: Arc<dyn RandomEffects>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            time: Arc::new(SystemTimes::default()),
            random: Arc::new(SystemRandom),
        }
    }
}

impl fmt::Debug for World {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("World").finish_non_exhaustive()
    }
}

/// One authority's connections and sessions.
#[derive(Clone)]
pub struct Node {
    inner: Arc<Inner>,
}

pub(crate) struct Inner {
    identity: Arc<Identity>,
    ledger: Arc<Ledger>,
    limits: NodeLimits,
    world: World,
    peers: Mutex<BTreeMap<AuthorityId, Arc<Link>>>,
    /// How to reach peers again that this node has dialled.
    networks: Mutex<BTreeMap<AuthorityId, AnyNetwork>>,
    running: Mutex<Running>,
    /// Rung whenever a link comes to be.
    joined: Notify,
    /// Hellos that were accepted, as long as their rosters are fresh.
    seen: Mutex<Seen>,
    /// None once the node shuts down.
    offers: Mutex<Option<Offers>>,
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Node")
            .field("identity", &self.inner.identity)
            .finish_non_exhaustive()
    }
}

impl Node {
    /// A node without connections, with the system's clocks and random source.
    pub fn new(identity: Identity, ledger: Arc<Ledger>, limits: NodeLimits) -> Self {
        Self::with_world(identity, ledger, limits, World::default())
    }

    /// A node without connections.
    pub fn with_world(
        identity: Identity,
        ledger: Arc<Ledger>,
        limits: NodeLimits,
        world: World,
    ) -> Self {
        let identity = Arc::new(identity);
        ledger.sign_receipts(Arc::clone(&identity));
        let inner = Inner {
            identity,
            ledger,
            limits,
            world,
            peers: Mutex::default(),
            networks: Mutex::default(),
            running: Mutex::default(),
            joined: Notify::new(),
            seen: Mutex::default(),
            offers: Mutex::new(Some(Offers::default())),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Whose node it is.
    pub fn authority(&self) -> AuthorityId {
        self.inner.identity.id()
    }

    /// Takes a connection over. It is read and written by tasks of its own. If there is a link to its
    /// peer already, the connection takes the place of the one before, and sessions go on over it;
    /// where two nodes dial each other at once, both keep the connection that the lower authority
    /// dialled. Without random bytes to name the link with, the connection is dropped.
    pub fn attach(&self, connection: Connection) {
        let peer = connection.peer;
        let mut peers = lock(&self.inner.peers);
        let known = peers.get(&peer).filter(|link| link.phase() != Phase::Over);
        let connection = match known {
            Some(link) => match link.arrive(connection) {
                None => return,
                Some(back) => back,
            },
            None => connection,
        };
        let me = self.authority();
        let name = match bytes(&*self.inner.world.random) {
            Ok(name) => name,
            Err(error) => {
                tracing::error!(target: "aura", ?peer, %error, "connection dropped");
                return;
            }
        };
        let (link, arrivals) = Link::new(me, peer, name, self.inner.limits);
        link.arrive(connection);
        peers.insert(peer, Arc::clone(&link));
        drop(peers);
        self.inner.joined.notify_waiters();
        let node = Arc::downgrade(&self.inner);
        tokio::spawn(supervise::supervise(link, arrivals, node, me));
    }

    /// Dials a peer, and dials it again whenever the connection breaks.
    pub async fn connect(
        &self,
        network: impl NetworkEffects,
        peer: AuthorityId,
    ) -> Result<(), TransportError> {
        let network = AnyNetwork::new(network);
        let connection = network.dial(peer).await?;
        lock(&self.inner.networks).insert(peer, network);
        self.attach(connection);
        Ok(())
    }

    /// Takes over whoever connects, until the network is closed or the future is dropped. An attempt
    /// that fails concerns nobody else.
    pub async fn serve(&self, network: impl NetworkEffects) {
        loop {
            match network.accept().await {
                Ok(connection) => self.attach(connection),
                Err(TransportError::Closed) => return,
                Err(error) => {
                    tracing::debug!(target: "aura", %error, "connection refused");
                    // A listener that fails again and again must not take the processor.
                    tokio::time::sleep(self.inner.limits.timing.first_pause / 8).await;
                }
            }
        }
    }

    /// Waits until there is a link to `peer`, whoever dials it.
    pub async fn met(&self, peer: AuthorityId) {
        loop {
            let joined = self.inner.joined.notified();
            let known = lock(&self.inner.peers).get(&peer).cloned();
            if known.is_some_and(|link| link.phase() != Phase::Over) {
                return;
            }
            joined.await;
        }
    }

    /// Opens a session as role `R` and initiator: signs the roster, and shakes hands with everyone
    /// else on it. A seat that this node holds as well goes to whoever offers it here, and the two
    /// are joined as roles of one process are.
    pub async fn open<R: Role>(&self, roster: Roster) -> Result<Session<R>, OpenError> {
        open::open(&self.inner, roster).await
    }

    /// Offers role `R`: whoever sends a roster that fits, and that `policy` accepts, gets a session.
    pub fn offer<R: Role>(
        &self,
        policy: impl Fn(&Roster, AuthorityId) -> bool + Send + Sync + 'static,
    ) -> Acceptor<R> {
        Acceptor::new(Arc::clone(&self.inner), Box::new(policy))
    }

    /// Shuts down: no session opens any more, those that run end after what they have queued, and
    /// each peer is told. What takes longer than `patience` is cut off.
    pub async fn shutdown(&self, patience: Duration) {
        let deadline = Instant::now() + patience;
        lock(&self.inner.offers).take();
        lock(&self.inner.networks).clear();
        let peers = lock(&self.inner.peers).clone();
        let leaving = peers.values().map(|link| link.leave(deadline));
        futures::future::join_all(leaving).await;
    }

    /// How many bytes wait to be written to a peer.
    pub fn waiting(&self, peer: AuthorityId) -> usize {
        let peers = lock(&self.inner.peers);
        peers.get(&peer).map_or(0, |link| link.line.waiting())
    }
}

impl Inner {
    fn network(&self, peer: AuthorityId) -> Option<AnyNetwork> {
        lock(&self.networks).get(&peer).cloned()
    }

    /// Random bytes for what need not be a secret; without a source, always the same.
    fn chance(&self) -> [u8; 16] {
        bytes(&*self.world.random).unwrap_or_default()
    }
}

impl Drop for Inner {
    /// Connections end with their node, and sessions learn that their peers are gone.
    fn drop(&mut self) {
        let peers = self.peers.get_mut().unwrap_or_else(PoisonError::into_inner);
        for link in peers.values() {
            link.cut.notify_one();
        }
    }
}

/// What is locked stays usable after a panic elsewhere: every change is a single insertion.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
