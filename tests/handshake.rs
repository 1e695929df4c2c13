//! The handshake: what an acceptor checks, one lie at a time, and sessions of more than two nodes.
#![allow(clippy::unwrap_used, reason = "tests")]

mod ring;
mod stream;

use std::{sync::Arc, time::Duration};

use aura_runtime::{
    effects::{
        random::SystemRandom,
        time::{ManualTimes, TimeEffects, TimeError},
    },
    frame::{Decline, Hello, Kind, Reply},
    identity::{Roster, SeatId},
    machine::ProtocolHash,
    node::{Acceptor, Node, NodeLimits, OpenError, World},
    session::{Choreography, SessionError},
    transport::memory::Hub,
};
use stream::{
    B, Stream, id, identity,
    raw::{Raw, hello, window},
    roster,
};

const DAY: Duration = Duration::from_hours(24);

/// A node whose clock stands at the first day, and its clock.
async fn node_two() -> (Node, Arc<ManualTimes>) {
    let times = Arc::new(ManualTimes::starting_at(DAY));
    let world = World {
        time: times.clone(),
        random: Arc::new(SystemRandom),
    };
    let ledger = stream::funded(&[1]).await;
    let limits = NodeLimits::default();
    (Node::with_world(identity(2), ledger, limits, world), times)
}

/// What node 2 says to a hello of node 1, and the acceptor that would play.
async fn answer(hello: &Hello) -> (Reply, Node, Acceptor<B>) {
    let (node, _) = node_two().await;
    let acceptor = node.offer::<B>(|_, _| true);
    let mut raw = Raw::to(&node, 1).await;
    raw.say(Kind::Hello, 3, hello).await;
    (raw.hear_body().await, node, acceptor)
}

async fn declined(change: impl FnOnce(&mut Hello)) -> Decline {
    let mut changed = hello(roster(1, 2), 1, DAY);
    change(&mut changed);
    match answer(&changed).await.0 {
        Reply::Refuse(reason) => reason,
        welcome @ Reply::Welcome { .. } => panic!("{welcome:?}"),
    }
}

/// A hello whose roster was changed before it was signed.
fn with(change: impl FnOnce(&mut Roster)) -> Hello {
    let mut changed = roster(1, 2);
    change(&mut changed);
    hello(changed, 1, DAY)
}

#[tokio::test]
async fn the_best_version_in_common_is_chosen() {
    let mut offered = hello(roster(1, 2), 1, DAY);
    let welcome = Reply::Welcome {
        wire: 1,
        window: window(),
    };
    assert_eq!(answer(&offered).await.0, welcome);
    offered.wire = vec![9, 1];
    assert_eq!(answer(&offered).await.0, welcome);
    let none = declined(|hello| hello.wire = vec![9, 2]).await;
    assert_eq!(none, Decline::Wire(vec![1]));
    assert_eq!(declined(|hello| hello.wire = vec![]).await, none);
}

#[tokio::test]
async fn another_protocol_or_another_version_of_it_is_declined() {
    let other = with(|roster| roster.protocol = ProtocolHash([9; 32]));
    assert_eq!(declined(|hello| *hello = other).await, Decline::Protocol);
    let version = Stream::protocol().version.to_owned();
    let older = declined(|hello| hello.version = "0.0.9".to_owned()).await;
    assert_eq!(older, Decline::Version(version));
    // The role that is offered is B, not A.
    let swapped = declined(|hello| {
        *hello = with(|roster| roster.seats.swap(0, 1));
        (hello.from, hello.to) = (SeatId(1), SeatId(0));
    });
    assert!(matches!(swapped.await, Decline::Roster(_)));
}

#[tokio::test]
async fn sizes_contexts_and_seats_are_bound() {
    let shapes: [fn(&mut Roster); 5] = [
        |roster| roster.sizes = vec![3],
        |roster| roster.contexts.clear(),
        |roster| roster.contexts.push(stream::context()),
        |roster| roster.seats[1].member = 1,
        |roster| roster.seats.push(roster.seats[1]),
    ];
    for shape in shapes {
        let reason = declined(|hello| *hello = with(shape)).await;
        assert!(matches!(reason, Decline::Roster(_)), "{reason:?}");
    }
}

#[tokio::test]
async fn the_signature_covers_every_field() {
    let signed = postcard::to_stdvec(&hello(roster(1, 2), 1, DAY).roster).unwrap();
    let (mut refused, mut accepted) = (0, 0);
    for at in 0..signed.len() {
        let mut bytes = signed.clone();
        bytes[at] ^= 1;
        let Ok(roster) = postcard::from_bytes(&bytes) else {
            continue;
        };
        match declined(|hello| hello.roster = roster).await {
            // A session of another name has another signature, too.
            Decline::Signature => refused += 1,
            _ => accepted += 1,
        }
    }
    assert_eq!(accepted, 0, "some change was not noticed by the signature");
    assert!(refused > 150, "{refused}");
}

#[tokio::test]
async fn whoever_signs_has_a_seat() {
    let stranger = declined(|changed| *changed = hello(roster(1, 2), 7, DAY)).await;
    assert_eq!(stranger, Decline::Signature);
}

#[tokio::test]
async fn seats_belong_to_whom_the_connection_proves() {
    // Somebody else's seat, signed by whom it belongs to, over the wrong connection.
    let usurped = declined(|changed| *changed = hello(roster(7, 2), 7, DAY)).await;
    assert_eq!(usurped, Decline::Seat);
    let not_mine = declined(|changed| *changed = hello(roster(1, 7), 1, DAY)).await;
    assert_eq!(not_mine, Decline::Seat);
    let same = declined(|hello| hello.from = SeatId(1)).await;
    assert_eq!(same, Decline::Seat);
    let none = declined(|hello| hello.to = SeatId(2)).await;
    assert_eq!(none, Decline::Seat);
}

#[tokio::test]
async fn a_roster_is_fresh_for_a_while() {
    let fresh = NodeLimits::default().timing.fresh;
    let at = |issued| declined(move |changed| *changed = hello(roster(1, 2), 1, issued));
    let second = Duration::from_secs(1);
    assert_eq!(at(DAY.saturating_sub(fresh + second)).await, Decline::Stale);
    assert_eq!(at(DAY + fresh + second).await, Decline::Stale);
    for issued in [DAY.saturating_sub(fresh), DAY + fresh] {
        let (reply, ..) = answer(&hello(roster(1, 2), 1, issued)).await;
        assert!(matches!(reply, Reply::Welcome { .. }), "{reply:?}");
    }
}

#[tokio::test]
async fn a_hello_opens_one_session() {
    let (node, times) = node_two().await;
    let mut acceptor = node.offer::<B>(|_, _| true);
    let mut raw = Raw::to(&node, 1).await;
    let played = hello(roster(1, 2), 1, times.wall().unwrap());
    raw.say(Kind::Hello, 3, &played).await;
    assert!(matches!(raw.hear_body().await, Reply::Welcome { .. }));
    let session = acceptor.accept().await.unwrap();
    raw.say(Kind::Hello, 5, &played).await;
    assert_eq!(
        raw.hear_body::<Reply>().await,
        Reply::Refuse(Decline::Known)
    );
    drop(session);
    assert_eq!(raw.hear().await.unwrap().0.kind, Kind::Close);
    for route in [7, 9] {
        raw.say(Kind::Hello, route, &played).await;
        let again = raw.hear_body::<Reply>().await;
        assert_eq!(again, Reply::Refuse(Decline::Replayed));
    }
    times.advance(NodeLimits::default().timing.fresh * 2);
    raw.say(Kind::Hello, 11, &played).await;
    assert_eq!(
        raw.hear_body::<Reply>().await,
        Reply::Refuse(Decline::Stale)
    );
}

#[tokio::test]
async fn a_number_is_used_once_and_from_the_peers_own_set() {
    let (node, times) = node_two().await;
    let _acceptor = node.offer::<B>(|_, _| true);
    let mut raw = Raw::to(&node, 1).await;
    for (route, fits) in [(5, true), (5, false), (3, false), (8, false), (7, true)] {
        let said = hello(roster(1, 2), 1, times.wall().unwrap());
        raw.say(Kind::Hello, route, &said).await;
        let reply = raw.hear_body::<Reply>().await;
        assert_eq!(
            matches!(reply, Reply::Welcome { .. }),
            fits,
            "{route}: {reply:?}"
        );
    }
}

#[tokio::test]
async fn the_policy_has_the_last_word_and_sees_who_asks() {
    let (node, times) = node_two().await;
    let known = roster(1, 2);
    let session = known.session;
    let _acceptor =
        node.offer::<B>(move |roster, initiator| initiator == id(1) && roster.session == session);
    let mut raw = Raw::to(&node, 1).await;
    let now = times.wall().unwrap();
    raw.say(Kind::Hello, 3, &hello(roster(1, 2), 1, now)).await;
    assert_eq!(
        raw.hear_body::<Reply>().await,
        Reply::Refuse(Decline::Policy)
    );
    raw.say(Kind::Hello, 5, &hello(known, 1, now)).await;
    assert!(matches!(raw.hear_body().await, Reply::Welcome { .. }));
}

#[tokio::test]
async fn without_a_time_of_day_nothing_opens() {
    let (node, times) = node_two().await;
    let skewed = TimeError::Before1970;
    times.fail_with(Some(skewed));
    let opened = node.open::<stream::A>(roster(2, 1)).await;
    assert_eq!(opened.err(), Some(OpenError::Time(skewed)));
}

#[tokio::test]
async fn nothing_is_said_before_the_greeting() {
    let (node, times) = node_two().await;
    let _acceptor = node.offer::<B>(|_, _| true);
    let mut raw = Raw::silent_to(&node, 1);
    assert_eq!(raw.hear().await.unwrap().0.kind, Kind::Greet);
    let faults = NodeLimits::default().faults_per_peer;
    for route in 0..=faults {
        let said = hello(roster(1, 2), 1, times.wall().unwrap());
        raw.say(Kind::Hello, 3 + 2 * route, &said).await;
    }
    assert!(raw.hear().await.is_none(), "the node has hung up");
}

/// Nodes with these seeds on one network, each connected to every other.
async fn meshed(seeds: &[u8]) -> Vec<Node> {
    let hub = Hub::new();
    let mut nodes: Vec<Node> = Vec::new();
    for seed in seeds {
        let node = stream::node(*seed, seeds, NodeLimits::default()).await;
        let (serving, seat) = (node.clone(), hub.seat(id(*seed)));
        tokio::spawn(async move { serving.serve(seat).await });
        for earlier in &nodes {
            let dialled = node.connect(hub.caller(id(*seed)), earlier.authority());
            dialled.await.unwrap();
            earlier.met(id(*seed)).await;
        }
        nodes.push(node);
    }
    nodes
}

#[tokio::test]
async fn three_nodes_play_a_ring() {
    let nodes = meshed(&[1, 2, 3]).await;
    assert_eq!(ring::three(&nodes, ring::roster(&[1, 2, 3])).await, Ok(3));
}

#[tokio::test]
async fn five_nodes_play_a_ring() {
    let nodes = meshed(&[1, 2, 3, 4, 5]).await;
    for _ in 0..3 {
        let roster = ring::roster(&[1, 2, 3, 4, 5]);
        assert_eq!(ring::five(&nodes, roster).await, Ok(5));
    }
}

#[tokio::test]
async fn when_one_declines_the_others_are_told() {
    let nodes = meshed(&[1, 2, 3]).await;
    let mut willing = nodes[1].offer::<ring::three::B>(|_, _| true);
    let _unwilling = nodes[2].offer::<ring::three::C>(|_, _| false);
    let opened = nodes[0]
        .open::<ring::three::A>(ring::roster(&[1, 2, 3]))
        .await;
    let reason = OpenError::Declined {
        by: id(3),
        reason: Decline::Policy,
    };
    assert_eq!(opened.err(), Some(reason.clone()));
    let session = tokio::time::timeout(Duration::from_secs(5), willing.accept()).await;
    match session.unwrap() {
        // B greets C, who declines it for the same reason, before or after A is gone.
        Err(error) => assert_eq!(error, reason),
        Ok(mut session) => {
            let lost = session.start().unwrap().token().await.err();
            assert_eq!(lost, Some(SessionError::PeerLost { role: "A" }));
        }
    }
}
