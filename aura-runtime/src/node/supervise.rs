//! A link's life: one connection after the other, and how long to wait between them.
//!
//! The side that dialled dials again, with pauses that double up to a bound and are shortened by
//! chance, so that many nodes do not come back in step. The other side waits. Once the grace has
//! passed without a connection, or the peer has said farewell, the link is over for good.

use std::{
    sync::{Arc, Weak},
    time::Duration,
};

use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout_at},
};

use super::{
    Inner,
    link::{Link, Phase},
    lock,
    serve::{End, serve},
};
use crate::{
    effects::network::{AnyNetwork, NetworkEffects},
    identity::AuthorityId,
    transport::{Connection, Side},
};

/// Serves a link until it is over.
pub(super) async fn supervise(
    link: Arc<Link>,
    mut arrivals: mpsc::Receiver<Connection>,
    node: Weak<Inner>,
    me: AuthorityId,
) {
    let mut next = None;
    loop {
        let connection = match next.take() {
            Some(connection) => connection,
            None => match wait(&link, &mut arrivals, &node).await {
                Some(connection) => connection,
                None => break,
            },
        };
        let newer = better(&mut arrivals, rank(&connection, me), me);
        let end = serve(connection, &link, &node, newer).await;
        tracing::debug!(target: "aura", peer = ?link.peer, ?end, "connection ended");
        if !end.may_return() {
            break;
        }
        link.suspend();
        if let End::Replaced(newer) = end {
            next = Some(newer);
        }
    }
    if let Some(node) = node.upgrade() {
        let mut peers = lock(&node.peers);
        if peers
            .get(&link.peer)
            .is_some_and(|current| Arc::ptr_eq(current, &link))
        {
            peers.remove(&link.peer);
        }
    }
    link.end();
    tracing::debug!(target: "aura", peer = ?link.peer, "link over");
}

/// When two nodes dial each other at once, both keep the connection of the lower authority.
fn rank(connection: &Connection, me: AuthorityId) -> u8 {
    let dialled = connection.side == Side::Dialled;
    u8::from(dialled == (me < connection.peer))
}

/// The next connection that may take the place of one of this rank.
async fn better(
    arrivals: &mut mpsc::Receiver<Connection>,
    least: u8,
    me: AuthorityId,
) -> Connection {
    loop {
        match arrivals.recv().await {
            Some(connection) if rank(&connection, me) >= least => return connection,
            Some(_) => {}
            None => std::future::pending().await,
        }
    }
}

/// The next connection, dialled or accepted, if there is one within the grace.
async fn wait(
    link: &Link,
    arrivals: &mut mpsc::Receiver<Connection>,
    node: &Weak<Inner>,
) -> Option<Connection> {
    let until = Instant::now() + link.limits.timing.grace;
    let network = node.upgrade().and_then(|node| node.network(link.peer));
    let found = async {
        tokio::select! {
            biased;
            () = link.cut.notified() => None,
            arrived = arrivals.recv() => arrived,
            dialled = redial(link, network, node) => dialled,
        }
    };
    timeout_at(until, found).await.ok().flatten()
}

async fn redial(
    link: &Link,
    network: Option<AnyNetwork>,
    node: &Weak<Inner>,
) -> Option<Connection> {
    let Some(network) = network else {
        return std::future::pending().await;
    };
    let timing = link.limits.timing;
    let mut pause = timing.first_pause;
    loop {
        sleep(shortened(pause, &node.upgrade()?.chance())).await;
        match network.dial(link.peer).await {
            Ok(connection) => return Some(connection),
            Err(error) => {
                tracing::debug!(target: "aura", peer = ?link.peer, %error, ?pause, "no connection");
            }
        }
        pause = (pause * 2).min(timing.longest_pause);
    }
}

/// Between half of a pause and all of it.
fn shortened(pause: Duration, chance: &[u8; 16]) -> Duration {
    pause / 2 + pause / 2 * u32::from(chance[0]) / 256
}

impl Link {
    /// Says farewell after what is queued, and waits for the end, at most until `deadline`.
    pub(super) async fn leave(&self, deadline: Instant) {
        let gone = async {
            self.drain().await;
            if self.phase() == Phase::Up {
                self.line.finish();
            } else {
                self.cut.notify_one();
            }
            self.ended().await;
        };
        if timeout_at(deadline, gone).await.is_err() {
            self.cut.notify_one();
            self.ended().await;
        }
    }
}
