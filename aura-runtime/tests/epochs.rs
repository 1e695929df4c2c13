//! Epochs and receipts in the ledger: what is attested begins, what was used stays used, across
//! restarts; a store that was put back to an older image is told.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that write files"
)]

use std::{collections::BTreeMap, collections::BTreeSet, fs, path::Path, sync::Arc};

use aura_runtime::{
    epoch::{Epoch, EpochError, MOST_AHEAD, SignedEpoch},
    identity::{AuthorityId, ContextId, DeviceId, Identity},
    ledger::{Ledger, NoteError},
    receipt::{Chain, Flaw, Order},
    store::SqliteStore,
};
use futures::executor::block_on;

const CONTEXT: ContextId = ContextId([7; 32]);

fn identity(seed: u8) -> Identity {
    Identity::from_seed([seed; 32])
}

fn members() -> BTreeSet<AuthorityId> {
    (1..5).map(|seed| identity(seed).id()).collect()
}

fn epoch(number: u64, limit: u64) -> SignedEpoch {
    let limits = BTreeMap::from([(identity(2).id(), limit)]);
    Epoch {
        context: CONTEXT,
        number,
        limits,
        parts: BTreeMap::new(),
    }
    .sign(&identity(1))
}

fn begin(ledger: &Ledger, signed: &SignedEpoch) -> Result<(), NoteError> {
    block_on(ledger.begin_epoch(signed, identity(1).id()))
}

fn open(path: &Path) -> Arc<Ledger> {
    Ledger::open(SqliteStore::open(path).unwrap()).unwrap()
}

fn issue(ledger: &Ledger, from: u8, to: u8, behind: Option<&Chain>) -> Chain {
    let to = (CONTEXT, identity(to).id());
    block_on(ledger.issue_receipt(&identity(from), to, 10, behind)).unwrap()
}

fn accept(ledger: &Ledger, me: u8, chain: &Chain) -> Result<(), NoteError> {
    let me = identity(me).id();
    block_on(ledger.accept_receipts(me, CONTEXT, &members(), chain, Order::Strict))
}

fn flaw(outcome: Result<(), NoteError>) -> Flaw {
    match outcome.unwrap_err() {
        NoteError::Receipt(error) => error.flaw,
        other => panic!("{other}"),
    }
}

#[test]
fn only_what_the_authority_attests_begins() {
    let ledger = Ledger::in_memory();
    begin(&ledger, &epoch(1, 500)).unwrap();
    assert_eq!(ledger.budget(CONTEXT, identity(2).id()).headroom(), 500);
    let forged = Epoch {
        context: CONTEXT,
        number: 2,
        limits: BTreeMap::from([(identity(2).id(), 9000)]),
        parts: BTreeMap::new(),
    }
    .sign(&identity(2));
    for (signed, expected) in [
        (forged, EpochError::Signature),
        (
            epoch(1, 9000),
            EpochError::Over {
                number: 1,
                known: 1,
            },
        ),
        (
            epoch(0, 9000),
            EpochError::Over {
                number: 0,
                known: 1,
            },
        ),
        (
            epoch(2 + MOST_AHEAD, 9000),
            EpochError::Ahead {
                number: 2 + MOST_AHEAD,
                known: 1,
            },
        ),
    ] {
        assert_eq!(begin(&ledger, &signed), Err(NoteError::Epoch(expected)));
        assert_eq!(ledger.epoch(CONTEXT), 1);
        assert_eq!(ledger.budget(CONTEXT, identity(2).id()).limit, 500);
    }
    begin(&ledger, &epoch(1 + MOST_AHEAD, 70)).unwrap();
    assert_eq!(ledger.budget(CONTEXT, identity(2).id()).headroom(), 70);
}

#[test]
fn a_peer_without_a_limit_in_the_new_epoch_gets_nothing() {
    let ledger = Ledger::in_memory();
    let other = identity(3).id();
    block_on(ledger.declare_budget(CONTEXT, other, 1, 80)).unwrap();
    assert_eq!(ledger.budget(CONTEXT, other).headroom(), 80);
    begin(&ledger, &epoch(2, 500)).unwrap();
    assert_eq!(ledger.budget(CONTEXT, other).headroom(), 0);
}

#[test]
fn epochs_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    begin(&open(&path), &epoch(3, 500)).unwrap();
    let ledger = open(&path);
    assert_eq!(ledger.epoch(CONTEXT), 3);
    assert_eq!(ledger.budget(CONTEXT, identity(2).id()).limit, 500);
    assert!(begin(&ledger, &epoch(3, 9000)).is_err());
}

#[test]
fn receipts_are_accepted_once_whatever_restarts() {
    let folder = tempfile::tempdir().unwrap();
    let files = [1, 2, 3].map(|at| folder.path().join(format!("{at}.db")));
    for file in &files {
        begin(&open(file), &epoch(1, 500)).unwrap();
    }
    // 1 sends to 2, which forwards to 3.
    let root = issue(&open(&files[0]), 1, 2, None);
    accept(&open(&files[1]), 2, &root).unwrap();
    let chain = issue(&open(&files[1]), 2, 3, Some(&root));
    accept(&open(&files[2]), 3, &chain).unwrap();
    assert_eq!(chain.receipts().len(), 2);
    assert_eq!(flaw(accept(&open(&files[1]), 2, &root)), Flaw::Replay(1));
    assert_eq!(flaw(accept(&open(&files[2]), 3, &chain)), Flaw::Replay(1));
    // Nonces go on where they were.
    let next = issue(&open(&files[0]), 1, 2, None);
    assert_eq!(next.receipts()[0].receipt().nonce, 2);
    accept(&open(&files[1]), 2, &next).unwrap();
    // A new epoch counts anew, and the old one is over.
    for file in &files {
        begin(&open(file), &epoch(2, 500)).unwrap();
    }
    let stale = issue(&Ledger::in_memory(), 1, 2, None);
    assert!(matches!(
        flaw(accept(&open(&files[1]), 2, &stale)),
        Flaw::Epoch { .. }
    ));
    assert_eq!(
        flaw(accept(&open(&files[1]), 2, &chain)),
        Flaw::Epoch {
            found: 1,
            expected: 2
        }
    );
    let fresh = issue(&open(&files[0]), 1, 2, None);
    assert_eq!(fresh.receipts()[0].receipt().nonce, 1);
    accept(&open(&files[1]), 2, &fresh).unwrap();
}

#[test]
fn concurrent_receipts_have_nonces_of_their_own() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let ledger = open(&path);
    let mut nonces = BTreeSet::new();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| {
                scope.spawn(|| {
                    let receipts = (0..10).map(|_| issue(&ledger, 1, 2, None));
                    receipts
                        .map(|chain| chain.receipts()[0].receipt().nonce)
                        .collect::<Vec<_>>()
                })
            })
            .collect();
        for thread in threads {
            nonces.extend(thread.join().unwrap());
        }
    });
    assert!(nonces.into_iter().eq(1..=80));
    drop(ledger);
    assert_eq!(
        issue(&open(&path), 1, 2, None).receipts()[0]
            .receipt()
            .nonce,
        81
    );
}

/// The file of the morning is put back in the evening: the peers' counters tell.
#[test]
fn an_older_image_is_told_by_the_receipts() {
    let folder = tempfile::tempdir().unwrap();
    let (path, peer) = (folder.path().join("journal.db"), Ledger::in_memory());
    let send = || {
        let chain = issue(&open(&path), 1, 2, None);
        accept(&peer, 2, &chain)
    };
    // A ledger closes its store on a thread of its own; whoever opens it next waits for that.
    let settle = || drop(SqliteStore::open(&path).unwrap());
    send().unwrap();
    settle();
    let image = fs::read(&path).unwrap();
    send().unwrap();
    send().unwrap();
    let seen = peer
        .seen_nonce(CONTEXT, identity(1).id(), DeviceId::ONLY)
        .unwrap();
    assert_eq!(seen, (0, 3));
    open(&path).compare_nonce(CONTEXT, seen.0, seen.1).unwrap();
    settle();
    fs::write(&path, image).unwrap();
    let told = open(&path)
        .compare_nonce(CONTEXT, seen.0, seen.1)
        .unwrap_err();
    assert_eq!(
        told,
        NoteError::OlderImage {
            epoch: 0,
            seen: 3,
            known: 1
        }
    );
    // Whoever goes on regardless uses nonce 2 again, and is refused.
    assert_eq!(flaw(send()), Flaw::Replay(2));
}
