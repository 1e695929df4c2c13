//! Connections that are cut under load: what was sent is delivered exactly once, in order, and
//! charged once.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that open sockets"
)]

mod stream;

use std::{
    collections::BTreeMap,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use aura_runtime::{
    effects::network::NetworkEffects,
    identity::AuthorityId,
    ledger::Ledger,
    node::{Node, NodeLimits, Timing},
    session::SessionError,
    transport::{
        Connection, TransportError, memory,
        tcp::TcpNetwork,
        tls::{Tls, TlsNetwork, Trust},
    },
};
use stream::{collect, context, id, open, pump};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::Notify,
};

/// A road between two sockets that breaks after a while, at any byte.
struct Road {
    address: SocketAddr,
    cuts: Arc<AtomicU64>,
}

/// Lays a road to `to`. Each connection carries between `least` and twice as many bytes, in both
/// directions together, and is then cut: half of them in the middle of a write.
async fn road(to: SocketAddr, least: u64, most_cuts: u64) -> Road {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let cuts = Arc::new(AtomicU64::new(0));
    let counted = Arc::clone(&cuts);
    tokio::spawn(async move {
        let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
        while let Ok((near, _)) = listener.accept().await {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            let budget = if counted.load(Ordering::Relaxed) < most_cuts {
                least + seed % least
            } else {
                u64::MAX
            };
            let Ok(far) = TcpStream::connect(to).await else {
                continue;
            };
            let counted = Arc::clone(&counted);
            tokio::spawn(async move {
                carry(near, far, budget).await;
                counted.fetch_add(1, Ordering::Relaxed);
            });
        }
    });
    Road { address, cuts }
}

async fn carry(near: TcpStream, far: TcpStream, budget: u64) {
    let left = AtomicU64::new(budget);
    let (mut near_in, mut near_out) = near.into_split();
    let (mut far_in, mut far_out) = far.into_split();
    tokio::select! {
        () = one_way(&mut near_in, &mut far_out, &left) => {}
        () = one_way(&mut far_in, &mut near_out, &left) => {}
    }
}

async fn one_way(
    from: &mut (impl AsyncReadExt + Unpin),
    to: &mut (impl AsyncWriteExt + Unpin),
    left: &AtomicU64,
) {
    let mut bytes = [0; 4096];
    while let Ok(count @ 1..) = from.read(&mut bytes).await {
        let allowed = left.load(Ordering::Relaxed);
        let passed = allowed.min(count as u64);
        left.store(allowed - passed, Ordering::Relaxed);
        let passed = usize::try_from(passed).unwrap();
        if to.write_all(&bytes[..passed]).await.is_err() || passed < count {
            return;
        }
    }
}

fn limits() -> NodeLimits {
    NodeLimits {
        timing: Timing {
            first_pause: Duration::from_millis(1),
            longest_pause: Duration::from_millis(20),
            handshake: Duration::from_secs(5),
            ..Timing::default()
        },
        ..NodeLimits::default()
    }
}

async fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Two nodes, their ledgers, and the road between them.
struct Pair {
    one: Node,
    two: Node,
    ledgers: [Arc<Ledger>; 2],
    road: Road,
}

/// Node 1 dials node 2 over a road, node 2 accepts. `network` makes each one's side.
async fn joined<N: NetworkEffects>(
    (least, most_cuts): (u64, u64),
    limits: NodeLimits,
    network: impl Fn(u8, TcpListener, BTreeMap<AuthorityId, SocketAddr>) -> N,
) -> Pair {
    let ledgers = [stream::funded(&[2]).await, stream::funded(&[1]).await];
    let one = Node::new(stream::identity(1), Arc::clone(&ledgers[0]), limits);
    let two = Node::new(stream::identity(2), Arc::clone(&ledgers[1]), limits);
    let (listener, address) = listen().await;
    let road = road(address, least, most_cuts).await;
    let accepting = network(2, listener, BTreeMap::new());
    let serving = two.clone();
    tokio::spawn(async move { serving.serve(accepting).await });
    let (unused, _) = listen().await;
    let dialling = Arc::new(network(1, unused, [(id(2), road.address)].into()));
    // The road may break under the proof of who is there, too.
    while one
        .connect(Shared(Arc::clone(&dialling)), id(2))
        .await
        .is_err()
    {}
    Pair {
        one,
        two,
        ledgers,
        road,
    }
}

/// One network, for several attempts.
struct Shared<N>(Arc<N>);

impl<N: NetworkEffects> NetworkEffects for Shared<N> {
    async fn dial(&self, peer: AuthorityId) -> Result<Connection, TransportError> {
        self.0.dial(peer).await
    }

    async fn accept(&self) -> Result<Connection, TransportError> {
        self.0.accept().await
    }
}

fn tcp(me: u8, listener: TcpListener, book: BTreeMap<AuthorityId, SocketAddr>) -> TcpNetwork {
    TcpNetwork::new(id(me), listener, book)
}

/// Sides of mutual TLS that pin each other's certificates.
fn tls() -> impl Fn(u8, TcpListener, BTreeMap<AuthorityId, SocketAddr>) -> TlsNetwork {
    let keys = ["one", "two"]
        .map(|name| rcgen::generate_simple_self_signed(vec![name.to_owned()]).unwrap());
    move |me, listener, book| {
        let (mine, other) = (usize::from(me - 1), usize::from(2 - me));
        let pins = vec![(keys[other].cert.der().clone(), id(3 - me))];
        let key = keys[mine].signing_key.serialize_der().try_into().unwrap();
        let chain = vec![keys[mine].cert.der().clone()];
        let side = Tls::new(chain, key, Trust::Pinned(pins)).unwrap();
        TlsNetwork::new(side, listener, book)
    }
}

/// Opens a session over a road that may break under the handshake: a handshake is not repeated, so
/// whoever opens does it again.
async fn opened(
    one: &Node,
    two: &Node,
) -> (
    aura_runtime::session::Session<stream::A>,
    aura_runtime::session::Session<stream::B>,
) {
    loop {
        let tried = tokio::time::timeout(Duration::from_secs(2), open((one, 1), (two, 2))).await;
        if let Ok(Ok(pair)) = tried {
            return pair;
        }
    }
}

async fn exchange(one: &Node, two: &Node, sessions: usize, count: u64, bytes: usize) {
    let mut pairs = Vec::new();
    for _ in 0..sessions {
        pairs.push(opened(one, two).await);
    }
    let runs = pairs.iter_mut().map(|(a, b)| async move {
        // One side's error ends both: the other would wait for ever.
        let (sent, got) = tokio::try_join!(pump(a, count, bytes), collect(b)).unwrap();
        assert_eq!(got, (0..count).collect::<Vec<_>>());
        assert_eq!(sent, count);
    });
    futures::future::join_all(runs).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tcp_cut_at_random_delivers_each_message_once_and_in_order() {
    let pair = joined((20_000, 60), limits(), tcp).await;
    exchange(&pair.one, &pair.two, 6, 400, 500).await;
    assert!(
        pair.road.cuts.load(Ordering::Relaxed) >= 30,
        "the road was cut"
    );
    // Each message was charged once, however often its frame was written: items and stop, total.
    let spent = |at: usize, peer| pair.ledgers[at].budget(context(), id(peer)).spent;
    assert_eq!((spent(0, 2), spent(1, 1)), (6 * 401, 6));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tls_cut_at_random_delivers_each_message_once_and_in_order() {
    let pair = joined((30_000, 30), limits(), tls()).await;
    exchange(&pair.one, &pair.two, 4, 300, 700).await;
    assert!(
        pair.road.cuts.load(Ordering::Relaxed) >= 15,
        "the road was cut"
    );
    let spent = |at: usize, peer| pair.ledgers[at].budget(context(), id(peer)).spent;
    assert_eq!((spent(0, 2), spent(1, 1)), (4 * 301, 4));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_road_that_carries_little_more_than_a_greeting_is_enough() {
    let pair = joined((700, 200), limits(), tcp).await;
    exchange(&pair.one, &pair.two, 1, 100, 40).await;
    assert!(
        pair.road.cuts.load(Ordering::Relaxed) >= 5,
        "the road was cut"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn long_frames_are_cut_in_the_middle_and_arrive_whole() {
    let pair = joined((300_000, 12), limits(), tcp).await;
    exchange(&pair.one, &pair.two, 2, 30, 150_000).await;
    assert!(
        pair.road.cuts.load(Ordering::Relaxed) >= 6,
        "the road was cut"
    );
}

#[tokio::test]
async fn beyond_the_grace_the_peer_is_lost() {
    let mut limits = limits();
    limits.timing.grace = Duration::from_millis(200);
    let (one, two) = (
        stream::node(1, &[2], limits).await,
        stream::node(2, &[1], limits).await,
    );
    let (near, far) = memory::pair(id(1), id(2));
    let (near, cut) = breakable(near);
    one.attach(near);
    two.attach(far);
    let (mut a, mut b) = open((&one, 1), (&two, 2)).await.unwrap();
    cut.notify_one();
    let began = tokio::time::Instant::now();
    let (sent, got) = tokio::join!(pump(&mut a, 1, 1), collect(&mut b));
    assert_eq!(sent.err(), Some(SessionError::PeerLost { role: "B" }));
    assert_eq!(got.err(), Some(SessionError::PeerLost { role: "A" }));
    assert!(
        began.elapsed() >= limits.timing.grace,
        "not before the grace"
    );
}

#[tokio::test]
async fn a_peer_that_has_forgotten_the_session_is_lost_at_once() {
    let (one, two) = (
        stream::node(1, &[2], limits()).await,
        stream::node(2, &[1], limits()).await,
    );
    let (near, far) = memory::pair(id(1), id(2));
    one.attach(near);
    two.attach(far);
    let (mut a, b) = open((&one, 1), (&two, 2)).await.unwrap();
    // The machine of node 2 starts again: same authority, nothing remembered.
    let again = stream::node(2, &[1], limits()).await;
    let (near, far) = memory::pair(id(1), id(2));
    one.attach(near);
    again.attach(far);
    let lost = tokio::time::timeout(Duration::from_secs(5), pump(&mut a, 1, 1)).await;
    assert_eq!(
        lost.unwrap().err(),
        Some(SessionError::PeerLost { role: "B" })
    );
    drop(b);
    let (mut a, mut b) = open((&one, 1), (&again, 2)).await.unwrap();
    let (sent, got) = tokio::join!(pump(&mut a, 3, 1), collect(&mut b));
    assert_eq!((sent.unwrap(), got.unwrap().len()), (3, 3));
}

/// A connection that ends when it is told to.
fn breakable(connection: Connection) -> (Connection, Arc<Notify>) {
    let (mut inner, outer) = tokio::io::duplex(4096);
    let cut = Arc::new(Notify::new());
    let told = Arc::clone(&cut);
    let Connection {
        peer,
        side,
        mut stream,
    } = connection;
    tokio::spawn(async move {
        tokio::select! {
            _ = tokio::io::copy_bidirectional(&mut stream, &mut inner) => {}
            () = told.notified() => {}
        }
    });
    let stream = Box::new(outer);
    (Connection { peer, side, stream }, cut)
}
