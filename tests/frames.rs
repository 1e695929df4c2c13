//! Bad frames through a connection's reader: no panic, no step, bounded memory; and peers that die in
//! each state. `AURA_FRAMES` says how many frames; `cargo xtask frames` sends a million.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests, one of which reads its own memory"
)]

mod stream;

use std::{
    cell::Cell,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use aura_runtime::{
    frame::{HEADER, Header, Kind, Reply},
    identity::SeatId,
    machine::LabelId,
    node::{Node, NodeLimits},
    session::{Session, SessionError},
    transport::memory,
};
use stream::{
    A, B, Item, Total, b, collect, collect_despite, id, open,
    raw::{Raw, bare, hello},
    roster,
};
use tokio::time::timeout;

fn count() -> u64 {
    let wanted = std::env::var("AURA_FRAMES").ok();
    wanted.map_or(20_000, |count| count.parse().unwrap())
}

/// xorshift64*: a seed names the whole run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn short(&mut self) -> u16 {
        u16::try_from(self.next() >> 48).unwrap()
    }

    fn long(&mut self) -> u32 {
        u32::try_from(self.next() >> 32).unwrap()
    }

    fn bytes(&mut self, most: u64) -> Vec<u8> {
        let length = self.below(most);
        (0..length).map(|_| self.next().to_le_bytes()[6]).collect()
    }
}

fn lenient() -> NodeLimits {
    NodeLimits {
        faults_per_peer: u32::MAX,
        ..NodeLimits::default()
    }
}

const ROUTE: u32 = 3;

/// A session that node 2 accepts from a peer who speaks by hand.
async fn by_hand(limits: NodeLimits) -> (Node, Raw, Session<B>) {
    let node = stream::node(2, &[1], limits).await;
    let mut acceptor = node.offer::<B>(|_, _| true);
    let mut raw = Raw::to(&node, 1).await;
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    raw.say(Kind::Hello, ROUTE, &hello(roster(1, 2), 1, now))
        .await;
    assert!(matches!(raw.hear_body().await, Reply::Welcome { .. }));
    let session = acceptor.accept().await.unwrap();
    (node, raw, session)
}

/// The header of the item with this number.
fn item(sequence: u32) -> Header {
    Header {
        route: ROUTE,
        sequence,
        ..bare(Kind::Data)
    }
}

fn body(number: u64) -> Vec<u8> {
    let bytes = vec![number.to_le_bytes()[0]; 3];
    postcard::to_stdvec(&Item {
        number,
        body: bytes,
    })
    .unwrap()
}

/// A frame that has no place, made from the one that has: number `next`.
fn bad(random: &mut Random, next: u32) -> (Header, Vec<u8>) {
    let mut header = item(next);
    let mut payload = body(u64::from(next));
    match random.below(12) {
        0 => header.branch = 1 + random.short().to_le_bytes()[0] % 255,
        1 => header.label = LabelId(2 + random.short() % 60_000),
        2 => header.route = 4 + random.long() % 1_000_000,
        3 => header.sequence = next.wrapping_add(1 + random.long() % (u32::MAX - 1)),
        4 => header.ack = 1 + random.long() % (u32::MAX - 1),
        5 => header.context = 1 + random.short() % 60_000,
        6 => header.seat = SeatId(1 + random.short() % 60_000),
        7 => {
            // What handshakes say, at the wrong time or garbled.
            let kinds = [
                Kind::Hello,
                Kind::Reply,
                Kind::Greet,
                Kind::Resume,
                Kind::Resumed,
            ];
            header.kind = kinds[usize::from(random.short()) % kinds.len()];
            payload = random.bytes(200);
        }
        8 => {
            header.kind = if random.below(2) == 0 {
                Kind::Ack
            } else {
                Kind::Close
            };
            header.sequence = next.wrapping_add(1 + random.long() % (u32::MAX - 1));
            payload = random.bytes(2);
        }
        // Replayed: what was taken already, word for word.
        9 if next > 0 => {
            let before = random.long() % next;
            (header, payload) = (item(before), body(u64::from(before)));
        }
        // Reordered: what comes next but one, before what comes next.
        10 => (header, payload) = (item(next + 1), body(u64::from(next) + 1)),
        _ => {
            header = Header {
                kind: Kind::Data,
                length: 0,
                branch: random.short().to_le_bytes()[0],
                label: LabelId(random.short()),
                route: random.long(),
                sequence: next.wrapping_add(random.long() | 1),
                ack: random.long(),
                context: random.short(),
                seat: SeatId(random.short()),
            };
            payload = random.bytes(300);
        }
    }
    (header, payload)
}

/// Kibibytes of this process that are in memory.
fn resident() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let kib = line.unwrap().split_whitespace().nth(1).unwrap();
    kib.parse().unwrap()
}

/// Bad frames between two good ones.
const BETWEEN: u64 = 1000;

#[tokio::test]
async fn frames_that_have_no_place_move_nothing() {
    let (_node, mut raw, mut session) = by_hand(lenient()).await;
    let before = resident();
    let most = Cell::new(before);
    let speaking = async {
        let mut random = Random(0x00A0_7A5E_ED00_0002);
        let mut next = 0;
        for sent in 1..=count() {
            let (header, payload) = bad(&mut random, next);
            raw.frame(header, &payload).await;
            if sent.is_multiple_of(BETWEEN) {
                raw.frame(item(next), &body(u64::from(next))).await;
                next += 1;
                most.set(most.get().max(resident()));
            }
        }
        let stop = Header {
            label: LabelId(1),
            ..item(next)
        };
        raw.frame(stop, &[]).await;
        loop {
            let (header, payload) = raw.hear().await.unwrap();
            if header.kind == Kind::Data {
                return postcard::from_bytes::<Total>(&payload).unwrap().count;
            }
        }
    };
    let (total, heard) = tokio::join!(speaking, collect_despite(&mut session));
    let (numbers, faults) = heard.unwrap();
    let good = count() / BETWEEN;
    assert_eq!((total, numbers), (good, (0..good).collect()));
    assert!(faults > 0, "the session is told of what did not fit");
    let grown = most.get().max(resident()) - before;
    println!("at most {grown} KiB more over {} frames", count());
    assert!(grown < 32 << 10, "{grown} KiB more");
}

/// A frame that breaks off with its connection is none, wherever it breaks off.
#[tokio::test]
async fn a_frame_that_is_cut_short_is_not_taken() {
    let mut limits = NodeLimits::default();
    limits.timing.grace = Duration::from_millis(1);
    let payload = body(0);
    let header = Header {
        length: u32::try_from(payload.len()).unwrap(),
        ..item(0)
    };
    let whole = [&header.write()[..], &payload].concat();
    for length in 0..=whole.len() {
        let (_node, mut raw, mut session) = by_hand(limits).await;
        raw.bytes(&whole[..length]).await;
        drop(raw);
        let heard = timeout(Duration::from_secs(5), session.start().unwrap().receive()).await;
        let taken = matches!(heard.unwrap(), Ok(b::ItemOrStop::Item(..)));
        assert_eq!(taken, length == whole.len(), "{length} bytes");
    }
}

#[tokio::test]
async fn noise_ends_the_connection_and_nothing_else() {
    let (node, _other, session) = by_hand(NodeLimits::default()).await;
    let mut random = Random(0x00A0_7A5E_ED00_0003);
    for _ in 0..count() / 200 {
        let mut raw = if random.below(2) == 0 {
            Raw::silent_to(&node, 3)
        } else {
            Raw::to(&node, 3).await
        };
        raw.bytes(&random.bytes(4 * HEADER as u64)).await;
        raw.bytes(&[0xff; HEADER]).await;
        let heard = timeout(Duration::from_secs(5), async {
            while raw.hear().await.is_some() {}
        });
        heard.await.expect("the node hangs up on noise");
    }
    drop(session);
}

#[tokio::test]
async fn a_length_beyond_the_cap_is_not_waited_for() {
    let (_node, mut raw, mut session) = by_hand(NodeLimits::default()).await;
    let long = Header {
        length: u32::MAX,
        ..item(0)
    };
    raw.bytes(&long.write()).await;
    let lost = timeout(Duration::from_secs(5), collect(&mut session)).await;
    assert_eq!(lost.unwrap(), Err(SessionError::PeerLost { role: "A" }));
}

#[tokio::test]
async fn a_peer_with_too_many_bad_frames_is_given_up() {
    let (_node, mut raw, mut session) = by_hand(NodeLimits::default()).await;
    for _ in 0..=NodeLimits::default().faults_per_peer {
        raw.frame(item(7), &body(0)).await;
    }
    let lost = timeout(Duration::from_secs(5), collect_despite(&mut session)).await;
    assert_eq!(lost.unwrap(), Err(SessionError::PeerLost { role: "A" }));
}

/// A payload that is not one of its label is told to the session, which stays where it is.
#[tokio::test]
async fn a_payload_of_another_shape_names_the_peer() {
    let (_node, mut raw, mut session) = by_hand(NodeLimits::default()).await;
    raw.frame(item(0), &[0xff; 30]).await;
    let error = session.start().unwrap().receive().await.err().unwrap();
    assert!(matches!(error, SessionError::Frame(_)), "{error}");
    assert!(error.to_string().contains("A (seat 0)"), "{error}");
    assert!(matches!(session.resume().await, b::At::AwaitItemOrStop(_)));
}

async fn nodes() -> [Node; 2] {
    let one = stream::node(1, &[2], NodeLimits::default()).await;
    let two = stream::node(2, &[1], NodeLimits::default()).await;
    let (near, far) = memory::pair(id(1), id(2));
    one.attach(near);
    two.attach(far);
    [one, two]
}

/// Sender A goes `steps` steps and dies; what B has got by then, and how it ends.
async fn sender_dies(steps: u64) -> (usize, Result<(), SessionError>) {
    let [one, two] = nodes().await;
    let (mut a, mut b) = open((&one, 1), (&two, 2)).await.unwrap();
    let dying = async {
        let mut state = a.start().unwrap();
        for number in 0..steps {
            state = state
                .item(Item {
                    number,
                    body: vec![],
                })
                .await
                .unwrap();
        }
    };
    dying.await;
    drop(a);
    let mut got = 0;
    let mut state = b.start().unwrap();
    loop {
        match timeout(Duration::from_secs(5), state.receive())
            .await
            .unwrap()
        {
            Ok(b::ItemOrStop::Item(_, next)) => {
                got += 1;
                state = next;
            }
            Ok(b::ItemOrStop::Stop(_)) => return (got, Ok(())),
            Err(error) => return (got, Err(error)),
        }
    }
}

#[tokio::test]
async fn a_sender_that_dies_is_lost_after_what_it_has_sent() {
    for steps in [0, 1, 2, 40] {
        let lost = Err(SessionError::PeerLost { role: "A" });
        let expected = usize::try_from(steps).unwrap();
        assert_eq!(sender_dies(steps).await, (expected, lost));
    }
}

#[tokio::test]
async fn a_receiver_that_dies_in_each_state_is_lost() {
    for steps in 0..4 {
        let [one, two] = nodes().await;
        let (mut a, mut b) = open((&one, 1), (&two, 2)).await.unwrap();
        let sending = async { stream::pump(&mut a, 2, 10).await };
        let dying = async move {
            let mut state = b.start().unwrap();
            for _ in 0..steps {
                match state.receive().await.unwrap() {
                    b::ItemOrStop::Item(_, next) => state = next,
                    b::ItemOrStop::Stop(_) => break,
                }
            }
            drop(b);
        };
        let (sent, ()) = tokio::join!(timeout(Duration::from_secs(5), sending), dying);
        let lost = SessionError::PeerLost { role: "B" };
        assert_eq!(sent.unwrap(), Err(lost), "after {steps} steps");
    }
}

#[tokio::test]
async fn a_roster_that_nobody_accepts_in_time_is_lost() {
    let mut limits = NodeLimits::default();
    limits.timing.handshake = Duration::from_millis(100);
    let node = stream::node(2, &[1], limits).await;
    let mut raw = Raw::to(&node, 1).await;
    let opening = timeout(Duration::from_secs(5), node.open::<A>(roster(2, 1)));
    let hearing = async {
        let (header, _) = raw.hear().await.unwrap();
        assert_eq!(header.kind, Kind::Hello);
        // Nothing is said; what comes next is that the session was given up.
        raw.hear().await.unwrap().0.kind
    };
    let (opened, said) = tokio::join!(opening, hearing);
    assert!(opened.unwrap().is_err());
    assert_eq!(said, Kind::Close);
}
