//! Sends of eight threads against what others do to their ledger meanwhile: budgets, cuts, epochs,
//! revocations. (DECISIONS 2 to 4; the same core in every order of events is in the runtime's models.)
//!
//! The judge is what the receivers have got and a flag that is raised once a call has returned: a send
//! that began behind the flag must find what the call has done.
#![allow(clippy::unwrap_used, reason = "tests")]

mod stream;

use std::{
    ops::ControlFlow,
    sync::{
        Arc, Barrier,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

use aura_runtime::{
    endpoint::Limits,
    guard::Refusal,
    ledger::Ledger,
    session::{Room, Session, Unsent},
    store::MemoryStore,
};
use futures::executor::block_on;
use stream::{A, B, Item, Stream, b, context, id, roster};

const THREADS: usize = 8;

/// How often each race is run.
const ROUNDS: u64 = 40;

/// A journal in memory takes the shortcut; one in a store has entries on their way.
fn ledgers() -> [Arc<Ledger>; 2] {
    [
        Ledger::in_memory(),
        Ledger::open(MemoryStore::default()).unwrap(),
    ]
}

async fn fund(ledger: &Ledger, epoch: u64, limit: u64) {
    ledger.grant(context(), "send");
    let declared = ledger.declare_budget(context(), id(2), epoch, limit);
    declared.await.unwrap();
}

/// Sends one item after the other, as long as `go_on` says so of each; how many were sent.
async fn pour(
    session: &mut Session<A>,
    mut go_on: impl FnMut(Option<&Refusal>) -> ControlFlow<()>,
) -> u64 {
    let mut state = session.start().unwrap();
    let mut sent = 0;
    loop {
        let item = Item {
            number: sent,
            body: Vec::new(),
        };
        let outcome = state.item(item).await.map_err(Unsent::refused);
        let reason = match outcome {
            Ok(next) => {
                sent += 1;
                state = next;
                None
            }
            Err(refused) => {
                let refused = refused.unwrap();
                state = refused.state;
                Some(refused.reason)
            }
        };
        if go_on(reason.as_ref()).is_break() {
            return sent;
        }
    }
}

/// What the receiver has got once its sender has left.
async fn drain(session: &mut Session<B>) -> u64 {
    let mut state = session.start().unwrap();
    let mut got = 0;
    while let Ok(b::ItemOrStop::Item(_, next)) = state.receive().await {
        got += 1;
        state = next;
    }
    got
}

/// Eight senders over one ledger, each with `pour` of its own, while `meanwhile` runs. What the
/// receivers have got; it is what the senders say.
fn race<G>(
    ledger: &Arc<Ledger>,
    go_on: impl Fn() -> G + Sync,
    meanwhile: impl FnOnce(&AtomicU64),
) -> u64
where
    G: FnMut(Option<&Refusal>) -> ControlFlow<()>,
{
    let start = Barrier::new(THREADS + 1);
    let sent = AtomicU64::new(0);
    let theirs = Ledger::in_memory();
    thread::scope(|scope| {
        let pairs: Vec<_> = (0..THREADS)
            .map(|_| {
                let limits = Limits {
                    window: 4,
                    ..Limits::default()
                };
                let mut room = Room::<Stream>::new(roster(1, 2), limits).unwrap();
                let mut near = room.join::<A>(ledger).unwrap();
                let mut far = room.join::<B>(&theirs).unwrap();
                let (start, sent, go_on) = (&start, &sent, &go_on);
                let pouring = scope.spawn(move || {
                    start.wait();
                    let mut go_on = go_on();
                    let counted = |reason: Option<&Refusal>| {
                        sent.fetch_add(u64::from(reason.is_none()), Ordering::Relaxed);
                        go_on(reason)
                    };
                    block_on(pour(&mut near, counted))
                });
                (pouring, scope.spawn(move || block_on(drain(&mut far))))
            })
            .collect();
        start.wait();
        meanwhile(&sent);
        let sums = pairs
            .into_iter()
            .map(|(near, far)| (near.join().unwrap(), far.join().unwrap()));
        let (said, got) = sums.fold((0, 0), |sum, pair| (sum.0 + pair.0, sum.1 + pair.1));
        assert_eq!(said, got);
        got
    })
}

/// Lets the senders get somewhere first.
fn wait_for(sent: &AtomicU64, count: u64) {
    while sent.load(Ordering::Relaxed) < count {
        thread::yield_now();
    }
}

fn until_refused(reason: Option<&Refusal>) -> ControlFlow<()> {
    match reason {
        None => ControlFlow::Continue(()),
        Some(Refusal::InsufficientBudget { .. }) => ControlFlow::Break(()),
        Some(other) => panic!("{other}"),
    }
}

#[test]
fn eight_threads_spend_a_budget_to_the_last_and_no_more() {
    for round in 0..ROUNDS {
        for ledger in ledgers() {
            let limit = 100 + round;
            block_on(fund(&ledger, 1, limit));
            assert_eq!(race(&ledger, || until_refused, |_| {}), limit);
            assert_eq!(ledger.budget(context(), id(2)).headroom(), 0);
        }
    }
}

#[test]
fn no_send_begins_behind_a_cut_below_what_is_spent() {
    for round in 0..ROUNDS {
        for ledger in ledgers() {
            block_on(fund(&ledger, 1, 1_000_000));
            let cut = AtomicBool::new(false);
            let behind = || {
                let mut began_behind = cut.load(Ordering::Acquire);
                let cut = &cut;
                move |reason: Option<&Refusal>| {
                    assert!(!began_behind || reason.is_some(), "sent behind the cut");
                    began_behind = cut.load(Ordering::Acquire);
                    until_refused(reason)
                }
            };
            let got = race(&ledger, behind, |sent| {
                wait_for(sent, 10 + round);
                block_on(fund(&ledger, 1, 5));
                cut.store(true, Ordering::Release);
            });
            assert_eq!(ledger.budget(context(), id(2)).spent, got);
        }
    }
}

#[test]
fn epochs_that_advance_under_load_give_each_its_own_limit() {
    for round in 0..ROUNDS {
        for ledger in ledgers() {
            let limits = [30, 20, 50 + round];
            block_on(fund(&ledger, 1, limits[0]));
            // Refused, a sender tries again until the last epoch is there.
            let last = AtomicBool::new(false);
            let patient = || {
                let mut began_last = last.load(Ordering::Acquire);
                let last = &last;
                move |reason: Option<&Refusal>| {
                    let done = began_last && reason.is_some();
                    began_last = last.load(Ordering::Acquire);
                    if let Some(Refusal::InsufficientBudget { epoch, .. }) = reason {
                        assert!((1..=3).contains(epoch));
                    }
                    if done {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                }
            };
            let got = race(&ledger, patient, |sent| {
                wait_for(sent, 5);
                block_on(fund(&ledger, 2, limits[1]));
                // What was spent of the first epoch is over, and may not be given back to this one.
                wait_for(sent, 10);
                block_on(fund(&ledger, 3, limits[2]));
                last.store(true, Ordering::Release);
            });
            let budget = ledger.budget(context(), id(2));
            assert_eq!((budget.epoch, budget.spent), (3, limits[2]));
            assert!(got <= limits.iter().sum(), "{got}");
        }
    }
}

#[test]
fn no_send_begins_behind_a_revocation() {
    for round in 0..ROUNDS {
        for ledger in ledgers() {
            block_on(fund(&ledger, 1, 1_000_000));
            let revoked = AtomicBool::new(false);
            let behind = || {
                let mut began_behind = revoked.load(Ordering::Acquire);
                let revoked = &revoked;
                move |reason: Option<&Refusal>| {
                    assert!(!began_behind || reason.is_some(), "sent behind it");
                    began_behind = revoked.load(Ordering::Acquire);
                    match reason {
                        None => ControlFlow::Continue(()),
                        Some(Refusal::AuthorizationDenied { .. }) => ControlFlow::Break(()),
                        Some(other) => panic!("{other}"),
                    }
                }
            };
            race(&ledger, behind, |sent| {
                wait_for(sent, 10 + round);
                ledger.revoke(context(), "send");
                revoked.store(true, Ordering::Release);
            });
        }
    }
}
