//! Dropping the future of a step after any number of polls, and going on with `resume`: nothing is
//! lost, repeated or charged twice.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

mod stream;

use std::{future::Future, pin::pin, sync::Arc, task::Poll, time::Duration};

use aura_macros::aura_choreography;
use aura_runtime::{
    endpoint::Limits,
    identity::{Roster, Seat, SessionId},
    ledger::Ledger,
    node::{Node, NodeLimits},
    session::{Choreography, Room, Session},
    store::MemoryStore,
    transport::memory,
};
use stream::{context, id, identity};
use turns::{A, B, Turns, a, b};

aura_choreography! {
    #[namespace = "turns"]
    #[default_flow_cost = 1]
    message One { number: u64 }
    message Two { number: u64 }
    message Three { number: u64 }
    message Four { number: u64 }
    protocol Turns {
        roles: A, B;
        A[guard_capability = "send"] -> B: One;
        B[guard_capability = "send"] -> A: Two;
        A[guard_capability = "send"] -> B: Three;
        B[guard_capability = "send"] -> A: Four;
    }
}

/// Polls a future at most `budget` times, letting others go on in between; `None` if that was not
/// enough, and the future is dropped.
async fn cut<F: Future>(budget: &mut u32, future: F) -> Option<F::Output> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| {
        if *budget == 0 {
            return Poll::Ready(None);
        }
        *budget -= 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending => {
                // Polled again at once: a step that waits is cut as well as one that goes on.
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    })
    .await
}

/// A budget for each attempt: the first one is cut after `first` polls, then longer ones.
struct Budgets {
    next: u32,
}

impl Budgets {
    fn next(&mut self) -> u32 {
        let budget = self.next;
        self.next = if self.next < 1000 {
            self.next * 2 + 1
        } else {
            u32::MAX
        };
        budget
    }
}

async fn play_a(session: &mut Session<A>, first: u32) -> Vec<u64> {
    let mut heard = Vec::new();
    let mut budgets = Budgets { next: first };
    loop {
        let mut budget = budgets.next();
        match session.resume().await {
            a::At::ToOne(state) => {
                let _ = cut(&mut budget, state.one(One { number: 1 })).await;
            }
            a::At::AwaitTwo(state) => {
                if let Some(got) = cut(&mut budget, state.two()).await {
                    heard.push(got.unwrap().0.number);
                    budgets.next = first;
                }
            }
            a::At::ToThree(state) => {
                let _ = cut(&mut budget, state.three(Three { number: 3 })).await;
            }
            a::At::AwaitFour(state) => {
                if let Some(got) = cut(&mut budget, state.four()).await {
                    heard.push(got.unwrap().0.number);
                }
            }
            a::At::End(_) => return heard,
        }
        tokio::task::yield_now().await;
    }
}

async fn play_b(session: &mut Session<B>, first: u32) -> Vec<u64> {
    let mut heard = Vec::new();
    let mut budgets = Budgets { next: first };
    loop {
        let mut budget = budgets.next();
        match session.resume().await {
            b::At::AwaitOne(state) => {
                if let Some(got) = cut(&mut budget, state.one()).await {
                    heard.push(got.unwrap().0.number);
                    budgets.next = first;
                }
            }
            b::At::ToTwo(state) => {
                let _ = cut(&mut budget, state.two(Two { number: 2 })).await;
            }
            b::At::AwaitThree(state) => {
                if let Some(got) = cut(&mut budget, state.three()).await {
                    heard.push(got.unwrap().0.number);
                    budgets.next = first;
                }
            }
            b::At::ToFour(state) => {
                let _ = cut(&mut budget, state.four(Four { number: 4 })).await;
            }
            b::At::End(_) => return heard,
        }
        tokio::task::yield_now().await;
    }
}

fn roster() -> Roster {
    let seat = |role, seed| Seat {
        role,
        member: 0,
        authority: id(seed),
    };
    Roster {
        protocol: Turns::protocol().hash,
        session: SessionId::random().unwrap(),
        contexts: vec![context()],
        sizes: vec![],
        seats: vec![seat(0, 1), seat(1, 2)],
    }
}

/// Ledgers of both, in memory or with a journal that takes a moment.
async fn ledgers(journaled: bool) -> [Arc<Ledger>; 2] {
    let mut made = Vec::new();
    for peer in [2, 1] {
        let ledger = if journaled {
            Ledger::open(MemoryStore::default()).unwrap()
        } else {
            Ledger::in_memory()
        };
        ledger.grant(context(), "send");
        let declared = ledger.declare_budget(context(), id(peer), 1, 100);
        declared.await.unwrap();
        made.push(ledger);
    }
    made.try_into().unwrap()
}

async fn check(
    a: &mut Session<A>,
    b: &mut Session<B>,
    ledgers: &[Arc<Ledger>; 2],
    polls: (u32, u32),
) {
    let played = async { tokio::join!(play_a(a, polls.0), play_b(b, polls.1)) };
    let (a, b) = tokio::time::timeout(Duration::from_secs(20), played)
        .await
        .unwrap_or_else(|_| panic!("stuck, cut after {polls:?} polls"));
    assert_eq!(
        (a, b),
        (vec![2, 4], vec![1, 3]),
        "cut after {polls:?} polls"
    );
    let spent = [
        ledgers[0].budget(context(), id(2)).spent,
        ledgers[1].budget(context(), id(1)).spent,
    ];
    assert_eq!(spent, [2, 2], "cut after {polls:?} polls");
}

/// More polls than any step of these sessions takes when nothing is in its way.
const MOST: u32 = 12;

#[tokio::test]
async fn in_one_process_every_await_can_be_the_last() {
    for journaled in [false, true] {
        for polls in (0..MOST).flat_map(|a| (0..MOST).step_by(3).map(move |b| (a, b))) {
            let ledgers = ledgers(journaled).await;
            let mut room = Room::<Turns>::new(roster(), Limits::default()).unwrap();
            let mut a = room.join::<A>(&ledgers[0]).unwrap();
            let mut b = room.join::<B>(&ledgers[1]).unwrap();
            check(&mut a, &mut b, &ledgers, polls).await;
        }
    }
}

#[tokio::test]
async fn between_nodes_every_await_can_be_the_last() {
    for journaled in [false, true] {
        for polls in (0..MOST).flat_map(|a| (0..MOST).step_by(3).map(move |b| (a, b))) {
            let ledgers = ledgers(journaled).await;
            let node = |seed: u8| {
                let ledger = Arc::clone(&ledgers[usize::from(seed - 1)]);
                Node::new(identity(seed), ledger, NodeLimits::default())
            };
            let (one, two) = (node(1), node(2));
            let (near, far) = memory::pair(id(1), id(2));
            one.attach(near);
            two.attach(far);
            let mut acceptor = two.offer::<B>(|_, _| true);
            let (a, b) = tokio::join!(one.open::<A>(roster()), acceptor.accept());
            check(&mut a.unwrap(), &mut b.unwrap(), &ledgers, polls).await;
        }
    }
}
