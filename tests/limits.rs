//! What a peer may cost: slow and silent ones, idle sessions, too many of them, and a shutdown.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests, one of which reads its own memory"
)]

mod stream;

use std::{sync::Arc, time::Duration};

use aura_runtime::{
    endpoint::Limits,
    frame::{Decline, Kind},
    ledger::Ledger,
    node::{Node, NodeLimits, OpenError, Timing},
    session::{Session, SessionError},
    transport::{Connection, memory},
};
use stream::{A, B, Item, collect, context, id, open, pump, raw::Raw, roster};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    sync::watch,
    time::{sleep, timeout},
};

/// Nodes 1 and 2, their ledgers, and a gate in node 1's way to node 2: while it is shut, node 2
/// reads nothing.
struct Pair {
    one: Node,
    two: Node,
    ledger: Arc<Ledger>,
    gate: watch::Sender<bool>,
}

async fn pair(limits: NodeLimits) -> Pair {
    let ledger = stream::funded(&[2]).await;
    let one = Node::new(stream::identity(1), Arc::clone(&ledger), limits);
    let two = stream::node(2, &[1], limits).await;
    let (near, far) = memory::pair(id(1), id(2));
    let (near, gate) = gated(near);
    one.attach(near);
    two.attach(far);
    Pair {
        one,
        two,
        ledger,
        gate,
    }
}

/// A connection whose outgoing half can be shut.
fn gated(connection: Connection) -> (Connection, watch::Sender<bool>) {
    let (inner, outer) = tokio::io::duplex(16 << 10);
    let (gate, mut open) = watch::channel(true);
    let (mut near_in, mut near_out) = tokio::io::split(inner);
    let (mut far_in, mut far_out) = tokio::io::split(connection.stream);
    tokio::spawn(async move {
        let mut bytes = vec![0; 16 << 10];
        loop {
            if open.wait_for(|open| *open).await.is_err() {
                return;
            }
            match near_in.read(&mut bytes).await {
                Ok(count @ 1..) => far_out.write_all(&bytes[..count]).await.unwrap_or(()),
                _ => break,
            }
        }
        let _ = far_out.shutdown().await;
    });
    tokio::spawn(async move {
        let _ = tokio::io::copy(&mut far_in, &mut near_out).await;
        let _ = near_out.shutdown().await;
    });
    let stream = Box::new(outer);
    (
        Connection {
            stream,
            ..connection
        },
        gate,
    )
}

async fn sessions(pair: &Pair, count: usize) -> Vec<(Session<A>, Session<B>)> {
    let mut sessions = Vec::new();
    for _ in 0..count {
        sessions.push(open((&pair.one, 1), (&pair.two, 2)).await.unwrap());
    }
    sessions
}

/// Kibibytes of this process that are in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.unwrap().split_whitespace().nth(1).unwrap();
    kib.parse().unwrap()
}

#[tokio::test]
async fn a_peer_that_never_reads_costs_bounded_memory_and_nothing_is_charged_for_it() {
    const FRAME: usize = 16 << 10;
    let limits = NodeLimits {
        write_queue: 1 << 20,
        session: Limits {
            bytes: 256 << 10,
            ..Limits::default()
        },
        ..NodeLimits::default()
    };
    let pair = pair(limits).await;
    let mut pairs = sessions(&pair, 100).await;
    pair.gate.send_replace(false);
    let before = resident();
    // Without bounds this would be 100 x 1 GiB.
    let pumps = pairs.iter_mut().map(|(a, _)| pump(a, 1 << 16, FRAME));
    let blocked = timeout(Duration::from_secs(2), futures::future::join_all(pumps)).await;
    assert!(blocked.is_err(), "nothing ends while nobody reads");

    let waiting = pair.one.waiting(id(2));
    assert!(waiting <= 1 << 20, "{waiting} bytes wait");
    // What was charged is what was let in: the queue, a burst, and what the pipes hold.
    let charged = pair.ledger.budget(context(), id(2)).spent * FRAME as u64;
    assert!(charged <= (2 << 20), "{charged} bytes were charged");
    assert!(charged >= 1 << 19, "{charged} bytes were charged");
    let grown = resident().saturating_sub(before);
    assert!(grown < 16 << 10, "{grown} KiB more");
}

#[tokio::test]
async fn a_slow_session_does_not_hold_up_another() {
    let pair = pair(NodeLimits::default()).await;
    let mut pairs = sessions(&pair, 2).await;
    let (quick, stuck) = pairs.split_at_mut(1);
    // Nobody takes what the second session sends; the first goes on.
    let stuck = pump(&mut stuck[0].0, 1 << 16, 64 << 10);
    let quick = async { tokio::join!(pump(&mut quick[0].0, 2000, 10), collect(&mut quick[0].1)) };
    tokio::select! {
        ended = stuck => panic!("{ended:?}"),
        (sent, _) = quick => assert_eq!(sent, Ok(2000)),
    }
}

#[tokio::test]
async fn narrower_windows_hold_on_both_sides() {
    let narrow = NodeLimits {
        session: Limits {
            window: 3,
            bytes: 5_000,
            payload: 2_000,
        },
        ..NodeLimits::default()
    };
    for limits in [
        [narrow, NodeLimits::default()],
        [NodeLimits::default(), narrow],
    ] {
        let one = stream::node(1, &[2], limits[0]).await;
        let two = stream::node(2, &[1], limits[1]).await;
        let (near, far) = memory::pair(id(1), id(2));
        one.attach(near);
        two.attach(far);
        let (mut a, mut b) = open((&one, 1), (&two, 2)).await.unwrap();
        let (sent, got) = tokio::join!(pump(&mut a, 200, 1_500), collect(&mut b));
        assert_eq!((sent, got.unwrap().len()), (Ok(200), 200));
        let (mut a, _b) = open((&one, 1), (&two, 2)).await.unwrap();
        let long = pump(&mut a, 1, 2_001).await;
        assert!(
            matches!(long, Err(SessionError::Payload { .. })),
            "{long:?}"
        );
    }
}

#[tokio::test]
async fn a_peer_that_falls_silent_is_lost() {
    let limits = NodeLimits {
        timing: Timing {
            heartbeat: Duration::from_millis(20),
            silence: Duration::from_millis(100),
            grace: Duration::from_millis(100),
            ..Timing::default()
        },
        ..NodeLimits::default()
    };
    let pair = pair(limits).await;
    let mut pairs = sessions(&pair, 1).await;
    let (a, b) = &mut pairs[0];
    // Heartbeats keep a connection on which nothing is said.
    sleep(limits.timing.silence * 4).await;
    let state = a.start().unwrap();
    let state = state
        .item(Item {
            number: 0,
            body: vec![],
        })
        .await
        .unwrap();
    pair.gate.send_replace(false);
    let end = timeout(Duration::from_secs(5), collect(b)).await.unwrap();
    assert_eq!(end, Err(SessionError::PeerLost { role: "A" }));
    let end = timeout(Duration::from_secs(5), async {
        state.stop().await?.total().await.map(drop)
    });
    assert_eq!(
        end.await.unwrap(),
        Err(SessionError::PeerLost { role: "B" })
    );
}

#[tokio::test]
async fn a_session_that_nobody_touches_ends() {
    let limits = NodeLimits {
        timing: Timing {
            idle: Duration::from_millis(200),
            ..Timing::default()
        },
        ..NodeLimits::default()
    };
    let pair = pair(limits).await;
    let mut pairs = sessions(&pair, 1).await;
    let (a, b) = &mut pairs[0];
    // Touched again and again it goes on for longer than the limit.
    let mut state = a.start().unwrap();
    for number in 0..5 {
        state = state
            .item(Item {
                number,
                body: vec![],
            })
            .await
            .unwrap();
        sleep(limits.timing.idle / 2).await;
    }
    sleep(limits.timing.idle * 3).await;
    let ended = state
        .item(Item {
            number: 9,
            body: vec![],
        })
        .await;
    assert_eq!(SessionError::from(ended.err().unwrap()), SessionError::Idle);
    let ended = timeout(Duration::from_secs(5), collect(b)).await.unwrap();
    assert!(
        matches!(
            ended,
            Err(SessionError::Idle | SessionError::PeerLost { role: "A" })
        ),
        "{ended:?}"
    );
}

#[tokio::test]
async fn no_more_sessions_than_allowed_with_one_peer() {
    let limits = NodeLimits {
        sessions_per_peer: 3,
        ..NodeLimits::default()
    };
    let pair = pair(limits).await;
    let mut held = sessions(&pair, 3).await;
    let more = pair.one.open::<A>(roster(1, 2)).await.err();
    assert_eq!(more, Some(OpenError::Busy(id(2))));
    // The peer counts for itself.
    let mut raw = Raw::to(&pair.two, 3).await;
    let _acceptor = pair.two.offer::<B>(|_, _| true);
    for (route, fits) in [(3, true), (5, true), (7, true), (9, false)] {
        let now = std::time::SystemTime::now();
        let now = now.duration_since(std::time::UNIX_EPOCH).unwrap();
        let hello = stream::raw::hello(roster(3, 2), 3, now);
        raw.say(Kind::Hello, route, &hello).await;
        let reply: aura_runtime::frame::Reply = raw.hear_body().await;
        let busy = reply == aura_runtime::frame::Reply::Refuse(Decline::Busy);
        assert_eq!(busy, !fits, "{reply:?}");
    }
    // A session that has ended makes room.
    drop(held.pop());
    let room = async {
        while pair.one.open::<A>(roster(1, 2)).await.is_err() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    timeout(Duration::from_secs(5), room).await.unwrap();
}

#[tokio::test]
async fn a_shutdown_finishes_what_is_queued_and_tells_the_peers() {
    let pair = pair(NodeLimits::default()).await;
    let mut pairs = sessions(&pair, 1).await;
    let (a, b) = &mut pairs[0];
    let mut state = a.start().unwrap();
    for number in 0..50 {
        state = state
            .item(Item {
                number,
                body: vec![7; 1000],
            })
            .await
            .unwrap();
    }
    let began = tokio::time::Instant::now();
    pair.one.shutdown(Duration::from_secs(10)).await;
    assert!(
        began.elapsed() < Duration::from_secs(5),
        "no need to wait for the deadline"
    );
    let after = state
        .item(Item {
            number: 50,
            body: vec![],
        })
        .await
        .err()
        .unwrap();
    assert_eq!(
        SessionError::from(after),
        SessionError::PeerLost { role: "B" }
    );
    let mut state = b.start().unwrap();
    for expected in 0..50 {
        match state.receive().await.unwrap() {
            stream::b::ItemOrStop::Item(item, next) => {
                assert_eq!(item.number, expected);
                state = next;
            }
            stream::b::ItemOrStop::Stop(_) => panic!("nobody stopped"),
        }
    }
    let end = timeout(Duration::from_secs(1), state.receive())
        .await
        .unwrap();
    assert_eq!(end.err(), Some(SessionError::PeerLost { role: "A" }));
    assert_eq!(
        pair.one.open::<A>(roster(1, 2)).await.err(),
        Some(OpenError::Closed)
    );
}

#[tokio::test]
async fn a_shutdown_does_not_wait_beyond_its_deadline() {
    let pair = pair(NodeLimits::default()).await;
    let mut pairs = sessions(&pair, 1).await;
    pair.gate.send_replace(false);
    let sending = pump(&mut pairs[0].0, 1000, 16 << 10);
    assert!(timeout(Duration::from_millis(200), sending).await.is_err());
    let began = tokio::time::Instant::now();
    pair.one.shutdown(Duration::from_millis(300)).await;
    let took = began.elapsed();
    assert!(
        (Duration::from_millis(300)..Duration::from_secs(3)).contains(&took),
        "{took:?}"
    );
}

#[tokio::test]
async fn sessions_end_with_their_node() {
    let Pair { one, two, .. } = pair(NodeLimits::default()).await;
    let (mut a, mut b) = open((&one, 1), (&two, 2)).await.unwrap();
    drop(one);
    let (sent, got) = tokio::join!(timeout(Duration::from_secs(5), pump(&mut a, 1, 1)), async {
        two.shutdown(Duration::from_secs(1)).await;
        timeout(Duration::from_secs(5), collect(&mut b)).await
    });
    assert_eq!(
        sent.unwrap().err(),
        Some(SessionError::PeerLost { role: "B" })
    );
    assert!(got.unwrap().is_err());
}
