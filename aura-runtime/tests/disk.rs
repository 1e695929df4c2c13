//! A disk that fails below a ledger, at each of its writes and flushes: no room, errors, half a write,
//! flushes that do not happen. What was acknowledged is there afterwards, what was refused for want of
//! room is not and the ledger goes on, and after anything that leaves open what is on the disk it stops.
//!
//! The failing is done in a process of its own, see `preload/mod.rs`. Sends over such a disk are
//! `disk_sends.rs`.
#![cfg(target_os = "linux")]
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that start processes"
)]

mod preload;

use std::{env, path::PathBuf};

use aura_runtime::{
    identity::{AuthorityId, ContextId},
    ledger::{Ledger, NoteError},
    store::{Archive as _, Key, SqliteReader, SqliteStore, StoreError, audit},
};
use futures::executor::block_on;
use preload::Fault;

/// Budgets declared one after the other, each a batch.
const BATCHES: u8 = 12;

/// The process whose disk fails: one line for each batch.
#[test]
#[ignore = "the process whose disk fails; the other tests start it"]
fn writer() {
    let Ok(path) = env::var("AURA_DISK_JOURNAL") else {
        return;
    };
    let store = match SqliteStore::open(path) {
        Ok(store) => store,
        Err(error) => return println!("open: {error}"),
    };
    let ledger = Ledger::open(store).unwrap();
    for at in 0..BATCHES {
        let (context, peer) = (ContextId([2; 32]), AuthorityId([at; 32]));
        let kind = match block_on(ledger.declare_budget(context, peer, 1, 7)) {
            Ok(()) => "written",
            Err(NoteError::Store(StoreError::Full(_))) => "full",
            Err(NoteError::Store(StoreError::Broken(_))) => "broken",
            Err(NoteError::Store(StoreError::Io(_))) => "io",
            Err(_) => "other",
        };
        // Books follow the journal: headroom is there only if the declaration is.
        let headroom = ledger.budget(context, peer).headroom();
        assert_eq!(headroom > 0, kind == "written");
        println!("batch {at}: {kind}");
    }
}

struct Outcome {
    /// What became of each batch; empty where the store did not open.
    batches: Vec<String>,
    /// Whether the disk has failed at all.
    failed: bool,
    path: PathBuf,
    _folder: tempfile::TempDir,
}

/// Runs the writer on a disk that fails at its call number `at`, for so many calls.
fn run(kind: &str, at: u32, calls: u32) -> Outcome {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    // Made before anything fails: what is tested is a ledger at work.
    drop(SqliteStore::open(&path).unwrap());
    let fault = Fault {
        file: "journal.db",
        kind,
        at,
        calls,
    };
    let said = preload::run("writer", &[("AURA_DISK_JOURNAL", &path)], fault);
    let lines = said.lines.iter();
    let batches = lines.filter_map(|line| line.split_once(": "));
    let batches = batches
        .filter(|(batch, _)| batch.contains("batch "))
        .map(|(_, kind)| kind.to_owned())
        .collect();
    Outcome {
        batches,
        failed: said.failed,
        path,
        _folder: folder,
    }
}

impl Outcome {
    /// Opens the file on a disk that works; which batches are there.
    fn stored(&self) -> Vec<bool> {
        let mut store = SqliteStore::open(&self.path).unwrap();
        assert_eq!(audit(&mut store), []);
        let cells = store.cells().unwrap();
        (0..BATCHES)
            .map(|at| {
                let key = Key::Budget(ContextId([2; 32]), AuthorityId([at; 32]));
                cells.iter().any(|(found, ..)| *found == key)
            })
            .collect()
    }
}

/// Every call at which the disk can fail while the batches are written.
fn each_call(kind: &str, calls: u32, judge: impl Fn(u32, &Outcome)) {
    let mut failures = 0;
    for at in 1.. {
        let outcome = run(kind, at, calls);
        if !outcome.failed {
            break;
        }
        judge(at, &outcome);
        failures += 1;
    }
    println!("{kind}: failed at each of {failures} calls");
    assert!(failures >= u32::from(BATCHES), "{kind}: {failures} calls");
}

#[test]
fn without_room_nothing_is_written_and_later_it_goes_on() {
    each_call("full", 1, |at, outcome| {
        let stored = outcome.stored();
        for (batch, kind) in outcome.batches.iter().enumerate() {
            assert!(
                ["written", "full"].contains(&kind.as_str()),
                "call {at}: {kind}"
            );
            assert_eq!(
                stored[batch],
                kind == "written",
                "call {at}, batch {batch}: {kind}"
            );
        }
        if let Some(last) = outcome.batches.last() {
            assert_eq!(
                last,
                if outcome.batches[11] == "full" {
                    "full"
                } else {
                    "written"
                }
            );
            assert!(
                outcome
                    .batches
                    .iter()
                    .filter(|kind| *kind == "full")
                    .count()
                    <= 1
            );
        }
    });
}

#[test]
fn a_disk_that_stays_full_refuses_until_there_is_room() {
    let outcome = run("full", 9, 4);
    assert!(outcome.failed);
    let full = outcome
        .batches
        .iter()
        .filter(|kind| *kind == "full")
        .count();
    assert!(full >= 2, "{:?}", outcome.batches);
    assert_eq!(outcome.batches.last().unwrap(), "written");
    let stored = outcome.stored();
    for (batch, kind) in outcome.batches.iter().enumerate() {
        assert_eq!(stored[batch], kind == "written");
    }
}

/// Errors and half-written pages: what was acknowledged is there, and from the first error on nothing is.
fn stops(kind: &str) {
    each_call(kind, 1, |at, outcome| {
        let stored = outcome.stored();
        let mut broken = false;
        for (batch, kind) in outcome.batches.iter().enumerate() {
            match kind.as_str() {
                "written" => {
                    assert!(!broken, "call {at}: batch {batch} went on after an error");
                    assert!(stored[batch], "call {at}: batch {batch} was acknowledged");
                }
                "broken" => {
                    // The batch under way may be there or not; those behind it were never tried.
                    assert!(!broken || !stored[batch], "call {at}: batch {batch}");
                    broken = true;
                }
                other => panic!("call {at}: batch {batch}: {other}"),
            }
        }
    });
}

#[test]
fn a_write_that_fails_stops_the_ledger() {
    stops("write");
}

#[test]
fn half_a_write_stops_the_ledger() {
    stops("torn");
}

#[test]
fn a_flush_that_fails_stops_the_ledger() {
    stops("flush");
}

/// A system that finds room only when it flushes may have lost what it had taken before.
#[test]
fn a_flush_without_room_stops_the_ledger() {
    stops("flush-full");
}

/// A disk may take a part of what it is given and say so; the rest is written with the next call.
#[test]
fn a_write_that_is_cut_short_goes_on() {
    each_call("short", 1, |at, outcome| {
        let written = outcome.batches.iter().all(|kind| kind == "written");
        assert!(written, "call {at}: {:?}", outcome.batches);
        assert!(outcome.stored().into_iter().all(|is_there| is_there));
    });
}

/// The last of the room takes half a page; then there is none for a while.
#[test]
fn a_disk_that_fills_up_within_a_write_refuses_until_there_is_room() {
    each_call("filling", 3, |at, outcome| {
        let stored = outcome.stored();
        for (batch, kind) in outcome.batches.iter().enumerate() {
            assert!(
                ["written", "full"].contains(&kind.as_str()),
                "call {at}: {kind}"
            );
            assert_eq!(stored[batch], kind == "written", "call {at}, batch {batch}");
        }
    });
}

#[test]
fn readers_see_a_whole_journal_meanwhile() {
    let outcome = run("write", 20, 1);
    let mut reader = SqliteReader::open(&outcome.path).unwrap();
    assert_eq!(audit(&mut reader), []);
}
