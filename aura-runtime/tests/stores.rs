//! The stores of this machine pass the public conformance suite; damage of a file is found, named and
//! refused; a second owner is kept out.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that write files"
)]

use std::{fmt::Write as _, fs, path::Path};

use aura_runtime::{
    conformance::store::{check, check_archive},
    effects::storage::{FixedKey, Key},
    fact::{Fact, FactId},
    identity::{AuthorityId, ContextId, SessionId},
    machine::ProtocolHash,
    store::{
        Archive, Content, MemoryStore, Record, Rewrite, Rows, SentRecord, SqliteReader,
        SqliteStore, Store, StoreError, audit,
    },
};

#[test]
fn memory_is_a_store() {
    let store = MemoryStore::default();
    check(|| Ok(store.clone())).unwrap();
}

#[test]
fn an_sqlite_file_is_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str| SqliteStore::open(folder.path().join(name));
    check_archive(|| open("one.db"), || open("two.db"), true).unwrap();
}

#[test]
fn a_sealed_sqlite_file_is_a_store() {
    let folder = tempfile::tempdir().unwrap();
    let key = FixedKey(Key::new([7; 32]));
    let open = |name: &str| SqliteStore::open_sealed(folder.path().join(name), &key);
    check_archive(|| open("one.db"), || open("two.db"), true).unwrap();
}

fn fact(step: u64) -> Fact {
    Fact {
        namespace: "n".into(),
        name: "the name".into(),
        protocol: ProtocolHash([1; 32]),
        context: ContextId([2; 32]),
        session: SessionId([3; 16]),
        step,
        role: 0,
        author: AuthorityId([5; 32]),
        peer: AuthorityId([6; 32]),
        fields: vec![("x".into(), b"the secret value".to_vec())],
    }
}

fn sent(step: u64) -> Record {
    let fact = fact(step);
    Record::Send(Box::new(SentRecord {
        context: ContextId([2; 32]),
        peer: AuthorityId([6; 32]),
        epoch: 1,
        cost: 3,
        leak: [1, 0, 2],
        session: SessionId([3; 16]),
        step,
        label: "Label",
        facts: vec![(fact.id(), fact)],
        log: Some("a line"),
    }))
}

fn fill(store: &mut SqliteStore, sends: u64) {
    let budget = Record::Budget {
        context: ContextId([2; 32]),
        peer: AuthorityId([6; 32]),
        epoch: 1,
        limit: 1_000_000,
    };
    store.commit(&[budget]).unwrap();
    for step in 0..sends {
        store.commit(&[sent(step)]).unwrap();
    }
}

/// A file without a log beside it, as a backup would be.
fn filled(path: &Path, sends: u64) -> Vec<u8> {
    let mut store = SqliteStore::open(path).unwrap();
    fill(&mut store, sends);
    drop(store);
    fs::read(path).unwrap()
}

/// Everything that can be read of a file; `Err` where it is refused.
fn contents(path: &Path) -> Result<String, StoreError> {
    let mut store = SqliteStore::open(path)?;
    let (cells, head) = (store.cells()?, store.head()?);
    let mut all = format!("{cells:?} {head:?} {:?}", store.load()?);
    store.charges(&mut |charge, digest| {
        write!(all, "{charge:?} {digest:?}").unwrap();
        Ok(())
    })?;
    store.contents(&mut |id, content| {
        write!(all, "{id:?} {content:?}").unwrap();
        Ok(())
    })?;
    Ok(all)
}

/// Flips bits all over the file. A flip may be in room that is not used; then nothing reads differently.
#[test]
fn a_flipped_bit_is_refused_or_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let original = filled(&path, 60);
    let whole = contents(&path).unwrap();
    let (mut refused, mut harmless) = (0, 0);
    let stride = if cfg!(debug_assertions) { 97 } else { 7 };
    for at in (0..original.len()).step_by(stride) {
        let mut damaged = original.clone();
        damaged[at] ^= 1 << (at % 8);
        fs::write(&path, &damaged).unwrap();
        match contents(&path) {
            Ok(read) => {
                assert_eq!(read, whole, "byte {at} has changed something unnoticed");
                harmless += 1;
            }
            Err(StoreError::Corrupt(what)) => {
                assert!(what.contains("journal.db"), "{what}");
                refused += 1;
            }
            // A header that asks for another format: refused by SQLite itself.
            Err(other) => {
                assert!(at < 100, "byte {at}: {other}");
                refused += 1;
            }
        }
    }
    println!("{refused} refused, {harmless} in room that is not used");
    assert!(
        refused > harmless / 4,
        "{refused} refused, {harmless} harmless"
    );
}

#[test]
fn a_file_that_was_cut_off_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let original = filled(&path, 60);
    for end in (0..original.len()).step_by(1000) {
        fs::write(&path, &original[..end]).unwrap();
        let refused = contents(&path).unwrap_err();
        assert!(
            matches!(refused, StoreError::Corrupt(_)),
            "{end}: {refused}"
        );
    }
    fs::write(&path, &original).unwrap();
    assert!(contents(&path).is_ok());
}

/// Each row changed by somebody who knows SQL and not the digests.
#[test]
fn every_changed_row_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let original = filled(&path, 5);
    for (sql, words) in [
        ("UPDATE charge SET cost = cost - 1 WHERE id = 3", "charge 3"),
        ("DELETE FROM charge WHERE id = 2", "charge 2"),
        ("DELETE FROM charge WHERE id = 5", "charges are not those"),
        ("UPDATE charge SET label = 'X' WHERE id = 1", "charge 1"),
        ("UPDATE charge SET line = NULL WHERE id = 4", "charge 4"),
        (
            "INSERT INTO charge SELECT 9, session, step, label, context, peer, epoch, cost, leak, line, digest FROM charge WHERE id = 1",
            "charge 6",
        ),
        (
            "UPDATE cell SET value = (SELECT value FROM cell WHERE kind = 'leakage' LIMIT 1) WHERE kind = 'budget'",
            "budget cell",
        ),
        (
            "UPDATE cell SET digest = zeroblob(32) WHERE kind = 'budget'",
            "budget cell",
        ),
        (
            "DELETE FROM cell WHERE kind = 'budget'",
            "cells are not those",
        ),
        ("DELETE FROM cell WHERE kind = 'head'", "head is missing"),
        (
            "UPDATE cell SET value = x'00' WHERE kind = 'head'",
            "head is damaged",
        ),
        (
            "DELETE FROM fact WHERE id IN (SELECT id FROM fact LIMIT 1)",
            "facts and receipts are not those",
        ),
        ("UPDATE fact SET name = 'other'", "stands as `other`"),
        (
            "UPDATE fact SET id = zeroblob(32) WHERE id IN (SELECT id FROM fact LIMIT 1)",
            "stands under 0000",
        ),
        ("UPDATE fact SET body = x'00'", "a fact cannot be read"),
    ] {
        fs::write(&path, &original).unwrap();
        rusqlite::Connection::open(&path)
            .unwrap()
            .execute(sql, [])
            .unwrap();
        let refused = SqliteStore::open(&path).unwrap_err();
        assert!(
            matches!(refused, StoreError::Corrupt(_)),
            "{sql}: {refused}"
        );
        assert!(refused.to_string().contains(words), "{sql}: {refused}");
    }
}

#[test]
fn a_journal_that_is_gone_is_not_begun_anew() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    filled(&path, 1);
    fs::remove_file(&path).unwrap();
    let refused = SqliteStore::open(&path).unwrap_err().to_string();
    assert!(refused.contains("remove it and its .lock"), "{refused}");
    fs::remove_file(folder.path().join("journal.db.lock")).unwrap();
    SqliteStore::open(&path).unwrap();
}

#[test]
fn who_gets_round_the_lock_is_found_by_the_next_batch() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let mut first = SqliteStore::open(&path).unwrap();
    fill(&mut first, 2);
    fs::remove_file(folder.path().join("journal.db.lock")).unwrap();
    let mut second = SqliteStore::open(&path).unwrap();
    second.commit(&[sent(10)]).unwrap();
    assert!(matches!(
        first.commit(&[sent(11)]),
        Err(StoreError::Busy(_))
    ));
    assert!(
        matches!(first.commit(&[sent(12)]), Err(StoreError::Busy(_))),
        "it has stopped"
    );
    second.commit(&[sent(13)]).unwrap();
    assert_eq!(audit(&mut second), []);
    assert_eq!(
        SqliteReader::open(&path).unwrap().charges().unwrap().len(),
        4
    );
}

#[test]
fn sealed_facts_are_not_in_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let key = FixedKey(Key::new([7; 32]));
    let mut store = SqliteStore::open_sealed(&path, &key).unwrap();
    fill(&mut store, 9);
    let mut facts = 0;
    store
        .contents(&mut |_, content| {
            facts += usize::from(matches!(content, Content::Fact(_)));
            Ok(())
        })
        .unwrap();
    assert_eq!(facts, 9);
    drop(store);
    for file in fs::read_dir(folder.path()).unwrap() {
        let text = fs::read(file.unwrap().path()).unwrap();
        for secret in [&b"the secret"[..], b"the name"] {
            assert!(!text.windows(secret.len()).any(|found| found == secret));
        }
    }
    for refused in [
        SqliteStore::open(&path),
        SqliteStore::open_sealed(&path, &FixedKey(Key::new([8; 32]))),
    ] {
        assert!(matches!(refused.unwrap_err(), StoreError::Key(_)));
    }
    let reader = SqliteReader::open(&path).unwrap();
    assert_eq!(reader.charges().unwrap().len(), 9);
    assert!(matches!(reader.facts(), Err(StoreError::Key(_))));
    let plain = folder.path().join("plain.db");
    filled(&plain, 1);
    assert!(matches!(
        SqliteStore::open_sealed(&plain, &key),
        Err(StoreError::Key(_))
    ));
    // Bodies cannot change places.
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute(
            "UPDATE fact SET body = (SELECT body FROM fact ORDER BY id LIMIT 1)",
            [],
        )
        .unwrap();
    drop(connection);
    let refused = SqliteStore::open_sealed(&path, &key).unwrap_err();
    assert!(refused.to_string().contains("another id"), "{refused}");
}

#[test]
fn what_is_forgotten_is_forgotten_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut store = SqliteStore::open(folder.path().join("journal.db")).unwrap();
    fill(&mut store, 3);
    for _ in 0..2 {
        let gone = vec![fact(1).id(), FactId([9; 32])];
        let rows = Rows {
            gone,
            ..Rows::default()
        };
        store.rewrite(rows).unwrap();
        assert_eq!(store.head().unwrap().contents, 2);
        assert_eq!(audit(&mut store), []);
    }
    store.commit(&[sent(4)]).unwrap();
    assert_eq!(store.head().unwrap().contents, 3);
}
