//! The journal in `PostgreSQL` passes the public conformance suite, outlives its server going away, and
//! keeps a second owner out. The server is the one that `AURA_TEST_POSTGRES_URL` names.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

mod batches;

use std::{
    io::Write as _,
    sync::atomic::{AtomicU32, Ordering},
    thread,
    time::Duration,
};

use aura_runtime::{
    conformance::store::check_archive,
    effects::storage::{FixedKey, Key},
    identity::{AuthorityId, ContextId},
    store::{Archive as _, PostgresOptions, PostgresStore, Store as _, StoreError, audit},
};
use batches::{budget, sent};
use postgres::{Client, NoTls};

/// A schema of a test's own, dropped behind it.
struct Place {
    url: String,
    schema: String,
}

impl Place {
    /// `None`, and said loudly, where there is no server.
    fn new() -> Option<Self> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let Ok(url) = std::env::var("AURA_TEST_POSTGRES_URL") else {
            // Not `eprintln!`, which the test harness keeps to itself.
            let mut terminal = std::io::stderr();
            let _ = writeln!(terminal, "SKIPPED: AURA_TEST_POSTGRES_URL names no server");
            return None;
        };
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let schema = format!("aura_test_{}_{number}", std::process::id());
        Some(Self { url, schema })
    }

    fn options(&self, name: &str) -> PostgresOptions {
        PostgresOptions {
            schema: format!("{}{name}", self.schema),
            patience: Duration::from_secs(8),
            ..PostgresOptions::default()
        }
    }

    fn open(&self, name: &str) -> Result<PostgresStore, StoreError> {
        PostgresStore::open(&self.url, self.options(name))
    }

    fn client(&self) -> Client {
        Client::connect(&self.url, NoTls).unwrap()
    }

    /// Ends every session that holds the lock of a journal.
    fn cut(&self) -> u64 {
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_locks
                   WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()
                     AND (classid::bigint << 32 | objid::bigint) = $1";
        let schema = self.options("").schema;
        let key = blake3::derive_key("aura 2026 postgres lock v1", schema.as_bytes());
        let key = i64::from_le_bytes(key[..8].try_into().unwrap());
        self.client().execute(sql, &[&key]).unwrap()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        for name in ["", "_two"] {
            let sql = format!("DROP SCHEMA IF EXISTS {}{name} CASCADE", self.schema);
            let _ = self.client().batch_execute(&sql);
        }
    }
}

#[test]
fn a_postgres_schema_is_a_store() {
    let Some(place) = Place::new() else { return };
    check_archive(|| place.open(""), || place.open("_two"), true).unwrap();
}

#[test]
fn a_sealed_postgres_schema_is_a_store() {
    let Some(place) = Place::new() else { return };
    let key = FixedKey(Key::new([7; 32]));
    let open = |name| PostgresStore::open_sealed(&place.url, place.options(name), &key);
    check_archive(|| open(""), || open("_two"), true).unwrap();
    assert!(matches!(place.open(""), Err(StoreError::Key(_))));
}

/// The server ends the session at random moments; no batch is lost, none is written twice.
#[test]
fn sessions_that_end_lose_nothing() {
    let Some(place) = Place::new() else { return };
    let mut store = place.open("").unwrap();
    store.commit(&[budget()]).unwrap();
    let mut cuts = 0;
    thread::scope(|scope| {
        let cutter = scope.spawn(|| {
            (0..12).fold(0, |cuts, round| {
                thread::sleep(Duration::from_millis(20 + round * 7 % 30));
                cuts + place.cut()
            })
        });
        let mut step = 0;
        while !cutter.is_finished() || step < 200 {
            store.commit(&[sent(step), sent(step + 1)]).unwrap();
            step += 2;
        }
        cuts = cutter.join().unwrap();
        assert_eq!(store.head().unwrap().charges, step);
    });
    assert!(cuts > 3, "{cuts} sessions were ended");
    drop(store);
    let mut store = place.open("").unwrap();
    assert_eq!(audit(&mut store), []);
}

#[test]
fn a_server_that_stays_away_refuses_and_later_serves() {
    let Some(place) = Place::new() else { return };
    let options = PostgresOptions {
        patience: Duration::from_millis(300),
        ..place.options("")
    };
    let mut store = PostgresStore::open(&place.url, options).unwrap();
    store.commit(&[budget(), sent(1)]).unwrap();
    // Nobody else may connect or write to this schema while the lock is somebody else's.
    assert_eq!(place.cut(), 1);
    let key = blake3::derive_key("aura 2026 postgres lock v1", place.schema.as_bytes());
    let key = i64::from_le_bytes(key[..8].try_into().unwrap());
    let mut thief = place.client();
    thief.query("SELECT pg_advisory_lock($1)", &[&key]).unwrap();
    let refused = store.commit(&[sent(2)]).unwrap_err();
    assert!(matches!(refused, StoreError::Io(_)), "{refused}");
    thief
        .query("SELECT pg_advisory_unlock($1)", &[&key])
        .unwrap();
    store.commit(&[sent(3)]).unwrap();
    assert_eq!(store.head().unwrap().charges, 2);
    assert_eq!(audit(&mut store), []);
}

#[test]
fn somebody_else_who_writes_stops_the_store() {
    let Some(place) = Place::new() else { return };
    let mut store = place.open("").unwrap();
    store.commit(&[budget()]).unwrap();
    let sql = format!(
        "UPDATE {}.cell SET digest = value WHERE kind = 'head'",
        place.schema
    );
    place.client().batch_execute(&sql).unwrap();
    for _ in 0..2 {
        assert!(matches!(store.commit(&[sent(1)]), Err(StoreError::Busy(_))));
    }
}

#[test]
fn every_statement_has_its_time() {
    let Some(place) = Place::new() else { return };
    let options = PostgresOptions {
        statement_timeout: Duration::from_millis(200),
        ..place.options("")
    };
    let mut store = PostgresStore::open(&place.url, options).unwrap();
    let mut client = place.client();
    let mut blocker = client.transaction().unwrap();
    blocker
        .batch_execute(&format!("LOCK TABLE {}.charge", place.schema))
        .unwrap();
    let refused = store.commit(&[budget(), sent(1)]).unwrap_err();
    assert!(matches!(refused, StoreError::Io(_)), "{refused}");
    blocker.rollback().unwrap();
    store.commit(&[budget(), sent(1)]).unwrap();
    assert_eq!(audit(&mut store), []);
}

#[test]
fn damage_and_later_versions_are_refused() {
    let Some(place) = Place::new() else { return };
    let mut store = place.open("").unwrap();
    store.commit(&[budget(), sent(1), sent(2)]).unwrap();
    drop(store);
    let alter = |sql: &str| {
        let sql = format!("SET search_path = {}; {sql}", place.schema);
        place.client().batch_execute(&sql).unwrap();
    };
    alter("UPDATE charge SET cost = 4 WHERE id = 2");
    let refused = place.open("").unwrap_err().to_string();
    assert!(refused.contains("charge 2"), "{refused}");
    alter("UPDATE charge SET cost = 3 WHERE id = 2");
    place.open("").unwrap();
    // Journals of the versions before go on.
    for first in ["2", "3"] {
        alter(&format!("DELETE FROM migration WHERE version >= {first}"));
        let mut store = place.open("").unwrap();
        assert_eq!(store.head().unwrap().charges, 2);
        drop(store);
        let sql = format!("SELECT max(version) FROM {}.migration", place.schema);
        let version: i64 = place.client().query_one(&sql, &[]).unwrap().get(0);
        assert_eq!(version, 3);
    }
    alter("INSERT INTO migration VALUES (99)");
    let refused = place.open("").unwrap_err().to_string();
    assert!(refused.contains("schema version 99"), "{refused}");
}

/// A ledger may be opened, and dropped, inside an asynchronous runtime.
#[test]
fn a_runtime_around_it_does_no_harm() {
    let Some(place) = Place::new() else { return };
    let runtime = tokio::runtime::Builder::new_current_thread().build();
    runtime.unwrap().block_on(async {
        let store = place.open("").unwrap();
        let ledger = aura_runtime::ledger::Ledger::open(store).unwrap();
        let (context, peer) = (ContextId([2; 32]), AuthorityId([6; 32]));
        ledger.declare_budget(context, peer, 1, 5).await.unwrap();
        assert_eq!(ledger.budget(context, peer).headroom(), 5);
        drop(place.open("_two").unwrap());
    });
}

#[test]
fn names_that_are_none_are_refused() {
    for schema in ["", "Aura", "a b", "a;drop", "1a", "a\"b"] {
        let options = PostgresOptions {
            schema: schema.to_owned(),
            ..PostgresOptions::default()
        };
        let refused = PostgresStore::open("postgres://localhost/x", options).unwrap_err();
        assert!(refused.to_string().contains("no name"), "{refused}");
    }
}
