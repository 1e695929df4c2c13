//! Journals of earlier versions are opened, and brought to the present schema: nothing is lost, and what
//! is not whole is refused and left as it is. `fixtures/journal_v1.sql` is as the first version wrote.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that write files"
)]

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use aura_runtime::{
    budget::{Budget, LeakagePolicy, shared::SharedBudget},
    effects::storage::{self, FixedKey},
    fact::Fact,
    identity::{AuthorityId, ContextId, DeviceId, SessionId},
    ledger::Ledger,
    machine::Observer,
    store::{
        Cell, Key, Record, Rewrite as _, Rows, SqliteReader, SqliteStore, Store as _, StoreError,
        StoredCharge, audit,
    },
};
use rusqlite::Connection;

const FIRST: &str = include_str!("fixtures/journal_v1.sql");

/// What version 2 added.
const SECOND: &str = "
CREATE TABLE log (
    charge INTEGER PRIMARY KEY REFERENCES charge (id), line TEXT NOT NULL
) STRICT;
INSERT INTO log VALUES (2, 'a line');
PRAGMA user_version = 2;
";

fn file(folder: &Path, sql: &[&str]) -> PathBuf {
    let path = folder.join("journal.db");
    let connection = Connection::open(&path).unwrap();
    for sql in sql {
        connection.execute_batch(sql).unwrap();
    }
    path
}

fn version(path: &Path) -> i64 {
    let connection = Connection::open(path).unwrap();
    let version = connection.pragma_query_value(None, "user_version", |row| row.get(0));
    version.unwrap()
}

fn facts(store: &mut SqliteStore) -> Vec<Fact> {
    let mut facts = Vec::new();
    store
        .facts(&mut |id, fact| {
            assert_eq!(fact.id(), id);
            facts.push(fact.fact());
        })
        .unwrap();
    facts.sort_by_key(|fact| fact.step);
    facts
}

#[test]
fn a_journal_of_the_first_version_goes_on() {
    for sql in [&[FIRST][..], &[FIRST, SECOND]] {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), sql);
        let before = SqliteReader::open(&path).unwrap_err();
        assert!(before.to_string().contains("schema version"), "{before}");
        let mut store = SqliteStore::open(&path).unwrap();
        assert_eq!(audit(&mut store), []);
        let (context, peer, other) = (
            ContextId([2; 32]),
            AuthorityId([6; 32]),
            AuthorityId([7; 32]),
        );
        let budget = |epoch, limit, spent| Budget {
            epoch,
            limit,
            spent,
        };
        let holdings = store.load().unwrap();
        assert_eq!(
            holdings.budgets,
            [
                (context, peer, budget(2, 300, 20)),
                (context, other, budget(1, 50, 7))
            ]
        );
        let policy = LeakagePolicy::Explicit(500);
        assert_eq!(
            holdings.leakage,
            [(context, Observer::Neighbor, policy, 28)]
        );
        let charges = SqliteReader::open(&path).unwrap().charges().unwrap();
        let costs: Vec<_> = charges.iter().map(|charge| charge.cost).collect();
        assert_eq!(costs, [10, 10, 10, 10, 10, 7, 20]);
        let lines: Vec<_> = charges
            .iter()
            .map(|charge| charge.line.as_deref())
            .collect();
        assert_eq!(lines[1], (sql.len() > 1).then_some("a line"));
        assert_eq!(lines.iter().flatten().count(), sql.len() - 1);
        let steps: Vec<_> = facts(&mut store).iter().map(|fact| fact.step).collect();
        assert_eq!(steps, [0, 1, 2, 3, 4, 5, 6]);
        // A fact that was there is there once, whatever it was called.
        let again = facts(&mut store).remove(3);
        let record = Record::Facts(vec![(again.id(), again)]);
        store.commit(&[record]).unwrap();
        drop(store);
        assert_eq!(version(&path), 5);
        let mut store = SqliteStore::open(&path).unwrap();
        assert_eq!(facts(&mut store).len(), 7);
        assert_eq!(store.load().unwrap(), holdings);
    }
}

#[test]
fn what_is_not_whole_is_refused_and_left_as_it_is() {
    for (sql, words) in [
        ("UPDATE budget SET spent = spent - 1", "is spent"),
        ("DELETE FROM charge WHERE id = 7", "is spent"),
        (
            "UPDATE fact SET body = zeroblob(9)",
            "a fact cannot be read",
        ),
        (
            "UPDATE fact SET body = (SELECT body FROM fact ORDER BY id LIMIT 1)",
            "is something else",
        ),
        (
            "UPDATE charge SET context = zeroblob(32)",
            "without a charge",
        ),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let path = file(folder.path(), &[FIRST, sql]);
        let refused = SqliteStore::open(&path).unwrap_err();
        assert!(
            matches!(refused, StoreError::Corrupt(_)),
            "{sql}: {refused}"
        );
        assert!(refused.to_string().contains(words), "{sql}: {refused}");
        assert_eq!(version(&path), 1);
        let connection = Connection::open(&path).unwrap();
        let budgets = connection.query_row("SELECT count(*) FROM budget", [], |row| row.get(0));
        assert_eq!(budgets, Ok(2i64));
    }
}

#[test]
fn a_key_does_not_seal_what_was_never_sealed() {
    let folder = tempfile::tempdir().unwrap();
    let path = file(folder.path(), &[FIRST]);
    let refused =
        SqliteStore::open_sealed(&path, &FixedKey(storage::Key::new([7; 32]))).unwrap_err();
    assert!(matches!(refused, StoreError::Key(_)), "{refused}");
    assert_eq!(version(&path), 1);
}

#[test]
fn the_version_before_has_the_same_tables_and_a_later_one_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    drop(SqliteStore::open(&path).unwrap());
    let set = |version: i64| {
        let connection = Connection::open(&path).unwrap();
        connection
            .pragma_update(None, "user_version", version)
            .unwrap();
    };
    for before in [3, 4] {
        set(before);
        drop(SqliteStore::open(&path).unwrap());
        assert_eq!(version(&path), 5);
    }
    set(6);
    let refused = SqliteStore::open(&path).unwrap_err().to_string();
    assert!(refused.contains("schema version 6"), "{refused}");
}

/// Version 3 knew budgets of several devices, and not whose the store was: what was spent of them here is in
/// the charges, and the device is named when a ledger opens the store as one.
#[test]
fn a_shared_budget_of_version_3_goes_on() {
    let (phone, laptop) = (DeviceId([1; 32]), DeviceId([2; 32]));
    let (context, peer) = (ContextId([2; 32]), AuthorityId([6; 32]));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let parts = BTreeMap::from([(phone, 60), (laptop, 40)]);
    let shared = SharedBudget::open(2, 100, parts);
    let charge = |step, epoch, cost| StoredCharge {
        session: SessionId([3; 16]),
        step,
        label: "Label".to_owned(),
        context,
        peer,
        epoch,
        cost,
        leak: [0, 0, 0],
        line: None,
    };
    let rows = Rows {
        cells: vec![(Key::Shared(context, peer), Cell::Shared(shared))],
        charges: vec![charge(0, 1, 500), charge(1, 2, 7), charge(2, 2, 4)],
        ..Rows::default()
    };
    SqliteStore::open(&path).unwrap().rewrite(rows).unwrap();
    let connection = Connection::open(&path).unwrap();
    connection.pragma_update(None, "user_version", 3).unwrap();
    drop(connection);
    let image = std::fs::read(&path).unwrap();

    let mut store = SqliteStore::open(&path).unwrap();
    assert_eq!(audit(&mut store), []);
    let own = Budget {
        epoch: 2,
        limit: 100,
        spent: 11,
    };
    assert_eq!(store.load().unwrap().budgets, [(context, peer, own)]);
    let ledger = Ledger::open_as(phone, store).unwrap();
    assert_eq!(ledger.headroom(context, peer), 49);
    let shown = ledger.export_budget(context, peer).unwrap();
    assert_eq!((shown.spent_by(phone), shown.held(laptop)), (11, 40));
    drop(ledger);
    drop(SqliteStore::open(&path).unwrap());
    assert_eq!(version(&path), 5);

    // What is damaged is refused, and stays of the version that it was.
    std::fs::write(&path, image).unwrap();
    let connection = Connection::open(&path).unwrap();
    let damage = "UPDATE charge SET cost = 6 WHERE id = 2";
    connection.execute(damage, []).unwrap();
    drop(connection);
    let refused = SqliteStore::open(&path).unwrap_err();
    assert!(refused.to_string().contains("charge 2"), "{refused}");
    assert_eq!(version(&path), 3);
}
