//! A stream in one direction and one answer, for tests of what lies below sessions.
#![allow(
    clippy::unwrap_used,
    dead_code,
    missing_docs,
    unreachable_pub,
    reason = "each test uses the parts that it is about"
)]

pub mod raw;

use std::sync::Arc;

use aura_macros::aura_choreography;
use aura_runtime::{
    identity::{AuthorityId, ContextId, Identity, Roster, Seat, SessionId},
    ledger::Ledger,
    node::{Node, NodeLimits, OpenError},
    session::{Choreography, Session, SessionError},
};

aura_choreography! {
    #[namespace = "stream"]
    #[default_flow_cost = 1]
    message Item { number: u64, body: Vec<u8> }
    message Total { count: u64 }
    protocol Stream {
        roles: A, B;
        loop (decides: A) {
            A[guard_capability = "send"] -> B: Item;
        }
        A[guard_capability = "send"] -> B: Stop;
        B[guard_capability = "send"] -> A: Total;
    }
}

pub use stream::{A, B, Stream, b};

pub fn identity(seed: u8) -> Identity {
    Identity::from_seed([seed; 32])
}

pub fn id(seed: u8) -> AuthorityId {
    identity(seed).id()
}

pub fn context() -> ContextId {
    ContextId::derive("group", &[id(1), id(2)], b"stream")
}

/// A roster with `a` as sender and `b` as receiver, for a session that nobody has played.
pub fn roster(a: u8, b: u8) -> Roster {
    let seat = |role, seed| Seat {
        role,
        member: 0,
        authority: id(seed),
    };
    Roster {
        protocol: Stream::protocol().hash,
        session: SessionId::random().unwrap(),
        contexts: vec![context()],
        sizes: vec![],
        seats: vec![seat(0, a), seat(1, b)],
    }
}

/// A ledger that may send as much as it likes to these peers.
pub async fn funded(peers: &[u8]) -> Arc<Ledger> {
    let ledger = Ledger::in_memory();
    ledger.grant(context(), "send");
    for peer in peers {
        let declared = ledger.declare_budget(context(), id(*peer), 1, 1 << 40);
        declared.await.unwrap();
    }
    ledger
}

/// A node of this authority that may send to those peers.
pub async fn node(me: u8, peers: &[u8], limits: NodeLimits) -> Node {
    Node::new(identity(me), funded(peers).await, limits)
}

/// A session between nodes `a` and `b`, whose numbers are theirs.
pub async fn open(
    (left, a): (&Node, u8),
    (right, b): (&Node, u8),
) -> Result<(Session<A>, Session<B>), OpenError> {
    let mut acceptor = right.offer::<B>(|_, _| true);
    let (a, b) = tokio::join!(left.open::<A>(roster(a, b)), acceptor.accept());
    Ok((a?, b?))
}

/// Sends `count` items of this many bytes and stops; what the receiver says it has got.
pub async fn pump(session: &mut Session<A>, count: u64, bytes: usize) -> Result<u64, SessionError> {
    let mut state = session.start()?;
    for number in 0..count {
        let body = vec![number.to_le_bytes()[0]; bytes];
        state = state.item(Item { number, body }).await?;
    }
    let (total, _) = state.stop().await?.total().await?;
    Ok(total.count)
}

/// Receives to the end; the numbers of the items, in the order in which they came.
pub async fn collect(session: &mut Session<B>) -> Result<Vec<u64>, SessionError> {
    let mut numbers = Vec::new();
    let mut state = session.start()?;
    loop {
        match state.receive().await? {
            b::ItemOrStop::Item(item, next) => {
                assert!(
                    item.body
                        .iter()
                        .all(|byte| *byte == item.number.to_le_bytes()[0])
                );
                numbers.push(item.number);
                state = next;
            }
            b::ItemOrStop::Stop(next) => {
                let count = numbers.len() as u64;
                let _ = next.total(Total { count }).await?;
                return Ok(numbers);
            }
        }
    }
}

/// Receives to the end, whatever else the peer says: the numbers of the items, and how many frames
/// did not fit. After each of those the session is where it was.
pub async fn collect_despite(session: &mut Session<B>) -> Result<(Vec<u64>, u64), SessionError> {
    let (mut numbers, mut faults) = (Vec::new(), 0);
    loop {
        match session.resume().await {
            b::At::AwaitItemOrStop(state) => match state.receive().await {
                Ok(b::ItemOrStop::Item(item, _)) => numbers.push(item.number),
                Ok(b::ItemOrStop::Stop(_)) => {}
                Err(SessionError::Frame(_)) => faults += 1,
                Err(error) => return Err(error),
            },
            b::At::ToTotal(state) => {
                let count = numbers.len() as u64;
                let _ = state.total(Total { count }).await?;
            }
            b::At::End(_) => return Ok((numbers, faults)),
        }
    }
}
