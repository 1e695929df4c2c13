//! Sends over a disk that fails, at each of the writes and flushes that they cause. Without room nothing
//! leaves, nothing is charged, the sender is told so once, and the same state sends when there is room.
//! After a flush that failed nothing leaves any more. What has left is charged in the file, always.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that start processes"
)]

mod preload;
mod request_response;

use std::{env, path::PathBuf, sync::Arc};

use aura_runtime::{
    endpoint::Limits,
    guard::Refusal,
    identity::{AuthorityId, ContextId, Identity, Roster, Seat, SessionId},
    ledger::Ledger,
    machine::Observer,
    session::Room,
    store::{Archive as _, SqliteStore, audit},
};
use futures::{
    FutureExt as _,
    executor::block_on,
    future::{Either, join_all, select},
};
use preload::{Fault, Said};
use request_response::{Client, PROTOCOL, RequestData, RequestResponse, Server};

/// Sessions at once, whose entries become one transaction or two.
const WIDTH: u8 = 2;
const ROUNDS: u8 = 3;
const COST: u64 = 50;

fn me() -> AuthorityId {
    Identity::from_seed([1; 32]).id()
}

fn peer() -> AuthorityId {
    Identity::from_seed([2; 32]).id()
}

fn context() -> ContextId {
    ContextId::derive("group", &[me(), peer()], b"disk")
}

fn room(number: u8) -> Room<RequestResponse> {
    let seat = |role, authority| Seat {
        role,
        member: 0,
        authority,
    };
    let roster = Roster {
        protocol: PROTOCOL.hash,
        session: SessionId([number; 16]),
        contexts: vec![context()],
        sizes: vec![],
        seats: vec![seat(0, me()), seat(1, peer())],
    };
    Room::new(roster, Limits::default()).unwrap()
}

fn word(refusal: &Refusal) -> String {
    let Refusal::JournalCommitFailed { cause, .. } = refusal else {
        return format!("{refusal:?}");
    };
    let words = [
        ("there is no room", "full"),
        ("whether it was written is unknown", "broken"),
    ];
    let known = words.iter().find(|(start, _)| cause.starts_with(start));
    known.map_or(cause.clone(), |(_, word)| (*word).to_owned())
}

/// One request, tried twice if need be: what was said of each attempt, and whether the message had left
/// after it.
async fn attempts(ledgers: &[Arc<Ledger>; 2], number: u8) -> String {
    let mut room = room(number);
    let mut near = room.join::<Client>(&ledgers[0]).unwrap();
    let mut far = room.join::<Server>(&ledgers[1]).unwrap();
    // It listens all the time: what is to be seen at any moment, it sees.
    let mut arriving = Box::pin(far.start().unwrap().send_request());
    let state = near.start().unwrap();
    let body = "?".to_owned();
    let sending = state.send_request(RequestData { body });
    let refused = match beside(sending, &mut arriving).await {
        (Ok(_), arrived) => return format!("written {arrived}"),
        (Err(unsent), true) => return format!("{} true", word(&unsent.refused().unwrap().reason)),
        (Err(unsent), false) => unsent.refused().unwrap(),
    };
    let first = format!("{} false", word(&refused.reason));
    let sending = refused.state.send_request(refused.message);
    match beside(sending, &mut arriving).await {
        (Ok(_), arrived) => format!("{first} written {arrived}"),
        (Err(unsent), arrived) => {
            let again = unsent.refused().unwrap().reason;
            format!("{first} {} {arrived}", word(&again))
        }
    }
}

/// What became of a send, and whether its receiver has it.
async fn beside<S, R>(
    sending: impl Future<Output = S>,
    arriving: &mut (impl Future<Output = R> + Unpin),
) -> (S, bool) {
    match select(Box::pin(sending), &mut *arriving).await {
        Either::Left((sent, _)) => (sent, arriving.now_or_never().is_some()),
        Either::Right((_, sending)) => (sending.await, true),
    }
}

/// The process whose disk fails: one line for each session.
#[test]
#[ignore = "the process whose disk fails; the other tests start it"]
fn sender() {
    let Ok(path) = env::var("AURA_DISK_JOURNAL") else {
        return;
    };
    let ledger = match SqliteStore::open(path) {
        Ok(store) => Ledger::open(store).unwrap(),
        Err(error) => return println!("open: {error}"),
    };
    let ledgers = [ledger, Ledger::in_memory()];
    ledgers[0].grant(context(), "send_request");
    for round in 0..ROUNDS {
        let sessions = (0..WIDTH).map(|at| attempts(&ledgers, round * WIDTH + at));
        for (at, line) in (0..).zip(block_on(join_all(sessions))) {
            println!("session {}: {line}", round * WIDTH + at);
        }
        let budget = ledgers[0].budget(context(), peer());
        println!("spent {}", budget.spent / COST);
    }
}

struct Outcome {
    /// What became of each session's attempts, and whether its message had left after each.
    sessions: Vec<Vec<(String, bool)>>,
    /// How many sends the books had charged after each round.
    spent: Vec<usize>,
    /// How many charges are in the file.
    charged: usize,
    failed: bool,
}

fn run(kind: &str, at: u32, calls: u32) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("journal.db");
    // Made and funded before anything fails: what is tested is sending.
    let ledger = Ledger::open(SqliteStore::open(&path).unwrap()).unwrap();
    block_on(ledger.declare_budget(context(), peer(), 1, 1_000_000)).unwrap();
    block_on(ledger.declare_leakage(context(), Observer::Neighbor, 1_000_000)).unwrap();
    drop(ledger);
    drop(SqliteStore::open(&path).unwrap());
    let fault = Fault {
        file: "journal.db",
        kind,
        at,
        calls,
    };
    let said = preload::run("sender", &[("AURA_DISK_JOURNAL", &path)], fault);
    let mut store = SqliteStore::open(&path).unwrap();
    assert_eq!(audit(&mut store), [], "{kind} at {at}");
    Outcome {
        sessions: sessions(&said),
        spent: numbers(&said),
        charged: usize::try_from(store.head().unwrap().charges).unwrap(),
        failed: said.failed,
    }
}

fn sessions(said: &Said) -> Vec<Vec<(String, bool)>> {
    let lines = said.lines.iter().filter(|line| line.contains("session "));
    let parts = lines.filter_map(|line| line.split_once(": "));
    let words = parts.map(|(_, words)| words.split(' ').collect::<Vec<_>>());
    words
        .map(|words| {
            let pairs = words.chunks(2);
            let pairs = pairs.map(|pair| (pair[0].to_owned(), pair[1] == "true"));
            pairs.collect()
        })
        .collect()
}

fn numbers(said: &Said) -> Vec<usize> {
    let lines = said.lines.iter();
    let spent = lines.filter_map(|line| line.strip_prefix("spent "));
    spent.map(|number| number.parse().unwrap()).collect()
}

impl Outcome {
    fn left(&self) -> usize {
        let sessions = self.sessions.iter();
        sessions
            .filter(|tries| tries.iter().any(|(_, left)| *left))
            .count()
    }
}

/// Every call at which the disk can fail while messages are sent; how many there are.
fn each_call(kind: &str, calls: u32, judge: impl Fn(u32, &Outcome)) {
    let mut failures = 0;
    for at in 1.. {
        let outcome = run(kind, at, calls);
        if !outcome.failed {
            assert_eq!(outcome.left(), usize::from(ROUNDS * WIDTH));
            break;
        }
        // What is sent is said to be written, and only that.
        for (said, left) in outcome.sessions.iter().flatten() {
            assert_eq!(*left, said == "written", "{kind} at {at}: {said}");
        }
        assert!(outcome.charged >= outcome.left(), "{kind} at {at}");
        judge(at, &outcome);
        failures += 1;
    }
    println!("{kind}: failed at each of {failures} calls");
    assert!(failures >= u32::from(ROUNDS), "{kind}: {failures} calls");
}

/// Whoever was refused for want of room is told that, and is served by the next attempt.
fn goes_on(kind: &str, calls: u32) {
    each_call(kind, calls, |at, outcome| {
        for tries in &outcome.sessions {
            let said: Vec<_> = tries.iter().map(|(said, _)| said.as_str()).collect();
            assert!(
                [&["written"][..], &["full", "written"]].contains(&&said[..]),
                "{kind} at {at}: {said:?}"
            );
        }
        if outcome.sessions.is_empty() {
            // It was full when the journal was opened.
            return;
        }
        assert_eq!(outcome.left(), usize::from(ROUNDS * WIDTH));
        assert_eq!(outcome.charged, outcome.left(), "{kind} at {at}");
        let whole: Vec<_> = (1..=ROUNDS).map(|it| usize::from(it * WIDTH)).collect();
        assert_eq!(outcome.spent, whole, "{kind} at {at}");
    });
}

#[test]
fn without_room_nothing_leaves_and_the_same_state_sends_later() {
    goes_on("full", 1);
}

#[test]
fn a_disk_that_fills_up_within_a_write_lets_nothing_out() {
    goes_on("filling", 2);
}

/// As long as there is no room, every attempt is refused, and none is charged.
#[test]
fn as_long_as_there_is_no_room_nothing_leaves() {
    let outcome = run("full", 1, u32::MAX);
    assert!(outcome.failed);
    assert_eq!((outcome.left(), outcome.charged), (0, 0));
    assert!(outcome.spent.iter().all(|spent| *spent == 0));
    for (said, _) in outcome.sessions.iter().flatten() {
        assert_eq!(said, "full");
    }
}

/// From the first failure on nothing leaves, whoever tries and however often.
fn stops(kind: &str) {
    each_call(kind, 1, |at, outcome| {
        let mut broken = false;
        for round in outcome.sessions.chunks(usize::from(WIDTH)) {
            let before = broken;
            for (said, _) in round.iter().flatten() {
                assert!(
                    ["written", "broken"].contains(&said.as_str()),
                    "{kind} at {at}: {said}"
                );
                assert!(said == "broken" || !before, "{kind} at {at}: it went on");
                broken |= said == "broken";
            }
        }
        // The batch under way may be there; those behind it were never tried.
        let written = outcome.charged - outcome.left();
        assert!(written <= usize::from(WIDTH), "{kind} at {at}: {written}");
    });
}

#[test]
fn after_a_flush_that_failed_nothing_leaves() {
    stops("flush");
}

#[test]
fn after_a_flush_without_room_nothing_leaves() {
    stops("flush-full");
}

#[test]
fn after_a_write_that_failed_nothing_leaves() {
    stops("write");
    stops("torn");
}
