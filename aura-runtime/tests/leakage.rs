//! Policies of leakage: what is said, what it comes to, what is left of it after a restart, and what is
//! refused rather than counted wrongly.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that write files"
)]

use std::{path::Path, sync::Arc};

use aura_runtime::{
    budget::LeakagePolicy,
    identity::{AuthorityId, ContextId, SessionId},
    ledger::Ledger,
    machine::Observer,
    store::{MemoryStore, Record, SentRecord, SqliteStore, Store, StoreError},
};
use futures::executor::block_on;

const HERE: ContextId = ContextId([1; 32]);
const THERE: ContextId = ContextId([2; 32]);

fn headroom(ledger: &Ledger) -> [u64; 6] {
    let of = |context| Observer::ALL.map(|observer| ledger.leakage(context, observer).headroom());
    let (here, there) = (of(HERE), of(THERE));
    [here[0], here[1], here[2], there[0], there[1], there[2]]
}

fn set(ledger: &Ledger, context: ContextId, observer: Observer, policy: LeakagePolicy) {
    block_on(ledger.set_leakage(context, observer, policy)).unwrap();
}

fn leak(context: ContextId, leak: [u64; 3]) -> Record {
    Record::Send(Box::new(SentRecord {
        context,
        peer: AuthorityId([3; 32]),
        epoch: 1,
        cost: 1,
        leak,
        session: SessionId([4; 16]),
        step: 0,
        label: "Label",
        facts: vec![],
        log: None,
    }))
}

#[test]
fn each_class_in_each_context_has_a_policy() {
    let ledger = Ledger::in_memory();
    assert_eq!(headroom(&ledger), [0; 6], "nothing was allowed");
    set(
        &ledger,
        HERE,
        Observer::External,
        LeakagePolicy::Explicit(7),
    );
    set(&ledger, THERE, Observer::Neighbor, LeakagePolicy::Deny);
    assert_eq!(headroom(&ledger), [7, 0, 0, 0, 0, 0]);
    for observer in Observer::ALL {
        block_on(ledger.set_default_leakage(observer, 50)).unwrap();
    }
    assert_eq!(headroom(&ledger), [7, 50, 50, 50, 0, 50]);
    // A context that nobody has named begins with the default.
    assert_eq!(
        ledger.leakage(ContextId([9; 32]), Observer::Group).limit,
        50
    );
    set(&ledger, HERE, Observer::External, LeakagePolicy::Inherited);
    set(&ledger, HERE, Observer::Group, LeakagePolicy::Deny);
    set(
        &ledger,
        THERE,
        Observer::Neighbor,
        LeakagePolicy::Explicit(3),
    );
    block_on(ledger.set_default_leakage(Observer::External, 20)).unwrap();
    assert_eq!(headroom(&ledger), [20, 50, 0, 20, 3, 50]);
    assert_eq!(
        ledger.leakage_policy(HERE, Observer::Group),
        LeakagePolicy::Deny
    );
}

fn open(path: &Path) -> Arc<Ledger> {
    Ledger::open(SqliteStore::open(path).unwrap()).unwrap()
}

#[test]
fn policies_and_what_has_leaked_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let ledger = open(&path);
    set(
        &ledger,
        HERE,
        Observer::External,
        LeakagePolicy::Explicit(7),
    );
    set(&ledger, HERE, Observer::Neighbor, LeakagePolicy::Deny);
    block_on(ledger.set_default_leakage(Observer::Neighbor, 30)).unwrap();
    block_on(ledger.set_default_leakage(Observer::Group, 50)).unwrap();
    drop(ledger);
    let mut store = SqliteStore::open(&path).unwrap();
    store
        .commit(&[leak(HERE, [2, 0, 5]), leak(THERE, [0, 4, 0])])
        .unwrap();
    drop(store);
    let expected = [5, 0, 45, 0, 26, 50];
    assert_eq!(headroom(&open(&path)), expected);
    // What leaked by default does not stand in the way of another default.
    let ledger = open(&path);
    block_on(ledger.set_default_leakage(Observer::Neighbor, 3)).unwrap();
    drop(ledger);
    assert_eq!(headroom(&open(&path)), [5, 0, 45, 0, 0, 50]);
}

/// What takes away counts even before the journal has it, and what gives only then.
#[test]
fn what_is_not_written_is_not_allowed() {
    let store = MemoryStore::default();
    let ledger = Ledger::open(store.clone()).unwrap();
    set(&ledger, HERE, Observer::Group, LeakagePolicy::Explicit(9));
    store.fail_with(Some("no"));
    let more = LeakagePolicy::Explicit(90);
    assert!(block_on(ledger.set_leakage(HERE, Observer::Group, more)).is_err());
    assert!(block_on(ledger.set_default_leakage(Observer::Group, 90)).is_err());
    assert_eq!(headroom(&ledger), [0, 0, 9, 0, 0, 0]);
    let deny = LeakagePolicy::Deny;
    assert!(block_on(ledger.set_leakage(HERE, Observer::Group, deny)).is_err());
    assert_eq!(headroom(&ledger), [0; 6]);
}

/// Neither wrapped nor cut off: the batch is refused, and what was there is there.
#[test]
fn sums_that_are_too_large_are_refused() {
    fn refused(mut store: impl Store) {
        let much = u64::MAX - 1;
        store.commit(&[leak(HERE, [0, 0, much])]).unwrap();
        let batch = [leak(THERE, [1, 0, 0]), leak(HERE, [0, 0, 2])];
        let told = store.commit(&batch).unwrap_err();
        assert!(matches!(told, StoreError::Io(_)), "{told}");
        assert!(told.may_pass());
        store.commit(&[leak(HERE, [0, 0, 1])]).unwrap();
        let found = store.load().unwrap().leakage;
        assert_eq!(
            found,
            [(HERE, Observer::Group, LeakagePolicy::Inherited, u64::MAX)]
        );
    }
    let folder = tempfile::tempdir().unwrap();
    refused(MemoryStore::default());
    refused(SqliteStore::open(folder.path().join("journal.db")).unwrap());
}
