//! Images of a journal that were damaged where its contents stand, and images of one that lost power:
//! each flipped byte of a row is named and refused, and whatever is left of the log beside the file is
//! a journal as it once was, never another one.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that write files"
)]

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
};

use aura_runtime::{
    effects::storage::{FixedKey, Key},
    fact::Fact,
    identity::{AuthorityId, ContextId, DeviceId, Identity, SessionId},
    ledger::{Ledger, NoteError},
    machine::ProtocolHash,
    receipt::{Chain, Mark, Receipt, Window},
    store::{Archive as _, Record, SentRecord, SqliteStore, Store as _, StoreError},
};
use rusqlite::{Connection, types::Value};

const CONTEXT: ContextId = ContextId([2; 32]);
const PEER: AuthorityId = AuthorityId([6; 32]);

/// What a ledger writes in one batch of each kind.
fn batch(step: u64) -> Vec<Record> {
    let fact = Fact {
        namespace: "n".into(),
        name: "happened".into(),
        protocol: ProtocolHash([1; 32]),
        context: CONTEXT,
        session: SessionId([3; 16]),
        step,
        role: 0,
        author: AuthorityId([5; 32]),
        peer: PEER,
        fields: vec![("x".into(), b"a value".to_vec())],
    };
    let signer = Identity::from_seed([9; 32]);
    let receipt = Receipt {
        context: CONTEXT,
        source: signer.id(),
        device: DeviceId([8; 32]),
        destination: PEER,
        epoch: 1,
        cost: 7,
        nonce: step + 1,
        previous: None,
    };
    let mark = Mark {
        context: CONTEXT,
        source: signer.id(),
        device: DeviceId([8; 32]),
        epoch: 1,
        window: Window {
            highest: step + 1,
            below: 0,
        },
    };
    vec![
        Record::Send(Box::new(SentRecord {
            context: CONTEXT,
            peer: PEER,
            epoch: 1,
            cost: 3,
            leak: [1, 0, 2],
            session: SessionId([3; 16]),
            step,
            label: "Label",
            facts: vec![(fact.id(), fact)],
            log: Some("a line"),
        })),
        Record::Accepted {
            marks: vec![mark],
            chain: Chain::root(receipt, &signer).unwrap(),
        },
        Record::Issued {
            context: CONTEXT,
            epoch: 1,
            nonce: step + 1,
        },
    ]
}

fn begin(store: &mut SqliteStore) {
    let (context, peer) = (CONTEXT, PEER);
    let (epoch, limit) = (1, 1_000_000);
    let budget = Record::Budget {
        context,
        peer,
        epoch,
        limit,
    };
    store
        .commit(&[budget, Record::Epoch { context, epoch }])
        .unwrap();
}

/// Everything that can be read of a journal; `Err` where it is refused.
fn contents(store: Result<SqliteStore, StoreError>) -> Result<String, StoreError> {
    let mut store = store?;
    let (cells, head) = (store.cells()?, store.head()?);
    let mut all = format!("{cells:?} {head:?}");
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

/// Every value of every row of a file, as bytes of their own: where in the file each of them stands.
fn values(path: &Path, image: &[u8]) -> BTreeSet<usize> {
    let connection = Connection::open(path).unwrap();
    let mut places = BTreeSet::new();
    for table in ["cell", "charge", "fact", "receipt"] {
        let mut rows = connection
            .prepare(&format!("SELECT * FROM {table}"))
            .unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            for column in 0..columns {
                let bytes = match row.get(column).unwrap() {
                    Value::Blob(bytes) => bytes,
                    Value::Text(text) => text.into_bytes(),
                    _ => continue,
                };
                // What is shorter may stand anywhere by chance.
                if bytes.len() < 5 {
                    continue;
                }
                // The first page has the names of tables and columns.
                let found = image.windows(bytes.len()).enumerate().skip(4096);
                let found = found.filter(|(_, found)| *found == bytes);
                let before = places.len();
                for (at, _) in found {
                    places.extend(at..at + bytes.len());
                }
                assert!(places.len() > before || bytes.len() < 40, "{bytes:?}");
            }
        }
    }
    places
}

fn flips(open: impl Fn(&Path) -> Result<SqliteStore, StoreError>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let mut store = open(&path).unwrap();
    begin(&mut store);
    for step in 0..2 {
        store.commit(&batch(step)).unwrap();
    }
    drop(store);
    // What was overwritten stands in room that is free, where a flip is harmless; here there is none.
    let connection = Connection::open(&path).unwrap();
    connection
        .execute_batch("VACUUM; PRAGMA wal_checkpoint(TRUNCATE)")
        .unwrap();
    drop(connection);
    let image = fs::read(&path).unwrap();
    let places = values(&path, &image);
    assert!(places.len() > 1_500, "{}", places.len());
    // Without optimisation every third, at another bit each time.
    let stride = if cfg!(debug_assertions) { 3 } else { 1 };
    for at in places.iter().step_by(stride) {
        let mut damaged = image.clone();
        damaged[*at] ^= 1 << (at % 8);
        fs::write(&path, &damaged).unwrap();
        match contents(open(&path)) {
            Err(StoreError::Corrupt(what)) => assert!(what.contains("journal.db"), "{what}"),
            // The cell by which a key is known again.
            Err(StoreError::Key(_)) => {}
            Ok(_) => panic!("byte {at} has changed unnoticed"),
            Err(other) => panic!("byte {at}: {other}"),
        }
    }
    println!(
        "every {stride}. of {} bytes of rows, each flip refused",
        places.len()
    );
    fs::write(&path, &image).unwrap();
    contents(open(&path)).unwrap();
}

#[test]
fn every_flipped_byte_of_a_row_is_refused() {
    flips(|path| SqliteStore::open(path));
}

#[test]
fn every_flipped_byte_of_a_sealed_row_is_refused() {
    let key = FixedKey(Key::new([7; 32]));
    flips(|path| SqliteStore::open_sealed(path, &key));
}

/// A file and its log, as they are on the disk.
fn copy(from: &Path, to: &Path) -> Vec<u8> {
    let log = |path: &Path| PathBuf::from(format!("{}-wal", path.display()));
    for name in [
        to.to_owned(),
        log(to),
        format!("{}-shm", to.display()).into(),
    ] {
        let _ = fs::remove_file(name);
    }
    fs::copy(from, to).unwrap();
    let bytes = fs::read(log(from)).unwrap();
    fs::write(log(to), &bytes).unwrap();
    bytes
}

#[test]
fn what_is_left_of_a_log_is_a_journal_as_it_once_was() {
    let folder = tempfile::tempdir().unwrap();
    let [path, image] = ["live.db", "image.db"].map(|name| folder.path().join(name));
    let log = folder.path().join("image.db-wal");
    let mut store = SqliteStore::open(&path).unwrap();
    let (mut once, mut written) = (Vec::new(), Vec::new());
    for step in 0..6 {
        match step {
            0 => {}
            1 => begin(&mut store),
            _ => store.commit(&batch(step - 2)).unwrap(),
        }
        written = copy(&path, &image);
        once.push(contents(SqliteStore::open(&image)).unwrap());
    }
    let (mut whole, mut older, mut refused) = (0, 0, 0);
    let mut judge = |what: &str, bytes: &[u8]| {
        copy(&path, &image);
        fs::write(&log, bytes).unwrap();
        match contents(SqliteStore::open(&image)) {
            Ok(found) => match once.iter().position(|it| *it == found) {
                Some(at) if at + 1 == once.len() => whole += 1,
                Some(at) => {
                    older += 1;
                    // The nonces that peers have seen tell.
                    let ledger = Ledger::open(SqliteStore::open(&image).unwrap()).unwrap();
                    let told = ledger.compare_nonce(CONTEXT, 1, 4).unwrap_err();
                    let expected = NoteError::OlderImage {
                        epoch: 1,
                        seen: 4,
                        known: (at as u64).saturating_sub(1),
                    };
                    assert_eq!(told, expected, "{what}");
                    drop(ledger);
                    // Its store is closed on a thread of its own.
                    drop(SqliteStore::open(&image).unwrap());
                }
                None => panic!("{what}: a journal that never was"),
            },
            Err(StoreError::Corrupt(_)) => refused += 1,
            Err(other) => panic!("{what}: {other}"),
        }
    };
    for at in (0..written.len()).step_by(401) {
        let mut damaged = written.clone();
        damaged[at] ^= 1 << (at % 8);
        judge(&format!("flip of {at}"), &damaged);
    }
    for end in (0..written.len()).step_by(601) {
        judge(&format!("cut at {end}"), &written[..end]);
    }
    for page in 0..written.len() / 4096 {
        let mut damaged = written.clone();
        damaged[page * 4096..(page + 1) * 4096].fill(0);
        judge(&format!("page {page} gone"), &damaged);
    }
    println!("{whole} whole, {older} as they once were, {refused} refused");
    assert!(older > 50, "{older}");
}

/// A journal of so many charges and facts that both are read at once.
#[test]
fn damage_among_many_rows_is_found_in_either_part() {
    const ROWS: u64 = 10_000;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let mut store = SqliteStore::open(&path).unwrap();
    begin(&mut store);
    let sends: Vec<Record> = (0..ROWS).map(|step| batch(step).swap_remove(0)).collect();
    store.commit(&sends).unwrap();
    drop(store);
    drop(SqliteStore::open(&path).unwrap());
    for (damage, told) in [
        (
            "UPDATE charge SET cost = cost + 1 WHERE id = 7000",
            "charge 7000",
        ),
        ("DELETE FROM charge WHERE id = 10000", "charges"),
        (
            "UPDATE fact SET id = zeroblob(32) WHERE id = (SELECT max(id) FROM fact)",
            "what stands under 0000",
        ),
        (
            "DELETE FROM fact WHERE id = (SELECT min(id) FROM fact)",
            "facts and receipts",
        ),
        (
            "UPDATE fact SET body = x'00' WHERE id = (SELECT min(id) FROM fact)",
            "a fact",
        ),
    ] {
        let image = folder.path().join("image.db");
        for old in [&image, &image.with_added_extension("lock")] {
            let _ = fs::remove_file(old);
        }
        fs::copy(&path, &image).unwrap();
        assert_eq!(
            Connection::open(&image)
                .unwrap()
                .execute(damage, [])
                .unwrap(),
            1
        );
        let error = SqliteStore::open(&image).unwrap_err();
        assert!(
            matches!(&error, StoreError::Corrupt(what) if what.contains(told)),
            "{damage}: {error}"
        );
    }
}
