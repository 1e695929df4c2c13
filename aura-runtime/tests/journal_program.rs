//! `aura-journal`, run as a user would: what it prints, what it refuses, and its exit codes.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that run a program"
)]

#[path = "journal_program/compact.rs"]
mod compact;

use std::{
    collections::BTreeMap,
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use aura_runtime::{
    budget::{LeakagePolicy, shared::SharedBudget},
    effects::storage::KeyFile,
    fact::Fact,
    identity::{AuthorityId, ContextId, DeviceId, SessionId},
    machine::{Observer, ProtocolHash},
    store::{Record, SentRecord, SqliteStore, Store as _},
};

const PHONE: DeviceId = DeviceId([1; 32]);
const LAPTOP: DeviceId = DeviceId([2; 32]);
const OTHER: AuthorityId = AuthorityId([7; 32]);

fn run(arguments: &[&str]) -> (i32, String, String) {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new(env!("CARGO_BIN_EXE_aura-journal"))
        .args(arguments)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

fn fill(store: &mut SqliteStore, sends: u64) {
    let (context, peer) = (ContextId([2; 32]), AuthorityId([6; 32]));
    let mut batch = vec![
        Record::Budget {
            context,
            peer,
            epoch: 1,
            limit: 1000,
        },
        Record::Leakage {
            context,
            observer: Observer::Group,
            policy: LeakagePolicy::Explicit(500),
        },
        Record::LeakageDefault {
            observer: Observer::Neighbor,
            limit: 9,
        },
        Record::Device(PHONE),
        Record::Shared {
            context,
            peer: OTHER,
            budget: SharedBudget::open(1, 100, BTreeMap::from([(PHONE, 60), (LAPTOP, 40)])),
        },
        Record::Transfer {
            context,
            peer: OTHER,
            epoch: 1,
            from: PHONE,
            to: LAPTOP,
            amount: 5,
        },
    ];
    for step in 0..sends {
        let fact = Fact {
            namespace: "n".into(),
            name: "happened".into(),
            protocol: ProtocolHash([1; 32]),
            context,
            session: SessionId([u8::try_from(step % 2).unwrap(); 16]),
            step,
            role: 0,
            author: AuthorityId([5; 32]),
            peer,
            fields: vec![("x".into(), vec![1, 2])],
        };
        batch.push(Record::Send(Box::new(SentRecord {
            context,
            peer,
            epoch: 1,
            cost: 3,
            leak: [0, 0, 2],
            session: fact.session,
            step,
            label: "Label",
            facts: vec![(fact.id(), fact)],
            log: Some("a line"),
        })));
    }
    store.commit(&batch).unwrap();
}

fn journal(folder: &Path, name: &str) -> PathBuf {
    let path = folder.join(name);
    fill(&mut SqliteStore::open(&path).unwrap(), 10);
    path
}

#[test]
fn a_whole_journal_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let path = journal(folder.path(), "journal.db");
    let path = path.to_str().unwrap();
    let (code, out, _) = run(&["verify", path]);
    assert_eq!(code, 0);
    assert_eq!(
        out,
        "whole: 10 charges in 1 batches, 10 facts and receipts, 7 cells\n"
    );
    let (code, out, _) = run(&["stats", path]);
    assert_eq!(code, 0);
    assert!(out.contains("charges   10, 30 in all"), "{out}");
    assert!(out.contains("happened  10"), "{out}");
    let (code, out, _) = run(&["budget", path]);
    assert_eq!(code, 0);
    let row = "0202020202020202  0606060606060606";
    assert!(
        out.contains(row) && out.contains("1000     30   970"),
        "{out}"
    );
    assert!(out.contains("group observers"), "{out}");
    let held: Vec<_> = out.lines().filter(|line| line.contains("device")).collect();
    assert!(
        held.len() == 2 && held[0].ends_with(" 55") && held[1].ends_with(" 45"),
        "{out}"
    );
    let (code, out, _) = run(&["dump", path]);
    assert_eq!(code, 0);
    let rows: Vec<serde_json::Value> = out
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(rows.len(), 27);
    assert!(
        rows.iter()
            .any(|row| row["row"] == "budget" && row["spent"] == 30)
    );
    let shared = rows.iter().find(|row| row["row"] == "shared").unwrap();
    assert_eq!(shared["devices"][1]["held"], 45, "{shared}");
    let (_, out, _) = run(&["dump", "--only", "facts", path]);
    assert_eq!(out.lines().count(), 10);
    assert!(out.contains("\"fields\":{\"x\":\"0102\"}"), "{out}");
}

#[test]
fn every_damage_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = journal(folder.path(), "journal.db");
    let connection = rusqlite::Connection::open(&path).unwrap();
    connection
        .execute_batch(
            "UPDATE charge SET cost = 1 WHERE id IN (2, 5);
             DELETE FROM fact WHERE id IN (SELECT id FROM fact LIMIT 1);",
        )
        .unwrap();
    drop(connection);
    let (code, out, err) = run(&["verify", path.to_str().unwrap()]);
    assert_eq!((code, err.as_str()), (1, ""));
    for words in [
        "charge 2",
        "charge 5",
        "says 30 is spent, and the charges add up to 26",
        "there are 9, and 10 were",
    ] {
        assert!(out.contains(words), "{words}: {out}");
    }
    let copy = folder.path().join("copy.db");
    let (code, _, err) = run(&[
        "export",
        path.to_str().unwrap(),
        "--to",
        copy.to_str().unwrap(),
    ]);
    assert_eq!(code, 1, "{err}");
    let bytes = fs::read(&path).unwrap();
    fs::write(&path, &bytes[..bytes.len() / 2]).unwrap();
    let (code, out, err) = run(&["verify", path.to_str().unwrap()]);
    assert_eq!(code, 1, "{out} {err}");
    fs::write(&path, b"not a journal at all, but long enough to look at").unwrap();
    let (code, out, err) = run(&["verify", path.to_str().unwrap()]);
    assert_eq!(code, 1, "{out} {err}");
}

#[test]
fn what_cannot_be_opened_is_told() {
    assert_eq!(run(&["verify", "nowhere.db"]).0, 3);
    assert!(
        run(&["verify", "nowhere.db"])
            .2
            .contains("there is no journal at nowhere.db")
    );
    assert_eq!(run(&["verify"]).0, 2);
    assert_eq!(run(&["frobnicate", "x"]).0, 2);
    let (code, _, err) = run(&["verify", "postgres://127.0.0.1:1/none"]);
    assert_eq!(code, 3, "{err}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let _held = SqliteStore::open(&path).unwrap();
    let (code, _, err) = run(&["compact", path.to_str().unwrap(), "--session", "00"]);
    assert_eq!(code, 3);
    assert!(err.contains("another process"), "{err}");
    assert_eq!(
        run(&["verify", path.to_str().unwrap()]).0,
        0,
        "reading is allowed"
    );
}

fn dumped(arguments: &[&str]) -> String {
    let (code, out, err) = run(arguments);
    assert_eq!(code, 0, "{err}");
    let rows = out
        .lines()
        .filter(|line| !line.contains("\"row\":\"seal\""));
    let mut rows: Vec<_> = rows.collect();
    rows.sort_unstable();
    rows.join("\n")
}

#[test]
#[cfg(unix)]
fn a_sealed_journal_needs_its_key() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let [key, path, plain] = ["key", "journal.db", "plain.db"].map(|name| folder.path().join(name));
    fs::write(&key, [7; 32]).unwrap();
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600)).unwrap();
    fill(
        &mut SqliteStore::open_sealed(&path, &KeyFile::new(&key)).unwrap(),
        10,
    );
    fill(&mut SqliteStore::open(&plain).unwrap(), 10);
    let [key, path, plain] = [&key, &path, &plain].map(|path| path.to_str().unwrap());
    assert!(dumped(&["dump", path]).contains("\"sealed\":true"));
    assert_eq!(
        dumped(&["dump", path, "--key-file", key]),
        dumped(&["dump", plain])
    );
    fs::set_permissions(key, fs::Permissions::from_mode(0o644)).unwrap();
    let (code, _, err) = run(&["dump", path, "--key-file", key]);
    assert_eq!(code, 3);
    assert!(err.contains("0600"), "{err}");
}

#[test]
fn a_journal_moves_to_a_server_and_back() {
    let Ok(url) = std::env::var("AURA_TEST_POSTGRES_URL") else {
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: AURA_TEST_POSTGRES_URL names no server"
        );
        return;
    };
    let schema = format!("aura_program_{}", std::process::id());
    let folder = tempfile::tempdir().unwrap();
    let path = journal(folder.path(), "journal.db");
    let back = folder.path().join("back.db");
    let [path, back] = [&path, &back].map(|path| path.to_str().unwrap());
    let (code, _, err) = run(&["export", path, "--to", &url, "--schema", &schema]);
    assert_eq!(code, 0, "{err}");
    assert!(
        err.contains("copied 10 charges, 10 facts and receipts, 7 cells"),
        "{err}"
    );
    let (code, _, err) = run(&["export", path, "--to", &url, "--schema", &schema]);
    assert_eq!(code, 3);
    assert!(err.contains("not empty"), "{err}");
    let (code, _, err) = run(&["import", back, "--from", &url, "--schema", &schema]);
    assert_eq!(code, 0, "{err}");
    assert_eq!(dumped(&["dump", back]), dumped(&["dump", path]));
    assert_eq!(
        dumped(&["dump", &url, "--schema", &schema]),
        dumped(&["dump", path])
    );
    assert_eq!(run(&["verify", &url, "--schema", &schema]).0, 0);
    let mut client = postgres::Client::connect(&url, postgres::NoTls).unwrap();
    client
        .batch_execute(&format!("UPDATE {schema}.charge SET cost = 9 WHERE id = 4"))
        .unwrap();
    let (code, out, _) = run(&["verify", &url, "--schema", &schema]);
    assert_eq!(code, 1);
    assert!(out.contains("charge 4"), "{out}");
    client
        .batch_execute(&format!("DROP SCHEMA {schema} CASCADE"))
        .unwrap();
}
