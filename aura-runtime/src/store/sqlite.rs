//! A store in one `SQLite` file, in WAL mode with `synchronous = FULL`: a batch is one transaction and
//! one flush.
//!
//! One process at a time: a lock on the file beside it, named `.lock` behind the whole name, is held
//! as long as the store is open, and goes with the process. Whoever gets round it is found by the next
//! batch, which is written only if the head is still the one that this store wrote. The whole file is
//! checked when it is opened. Readers may look in at any time. A journal of an earlier version is brought to
//! the present one when it is opened for writing.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: this module is where files are written"
)]

mod check;
mod lock;
mod migrate;
mod read;

use std::path::Path;

use rusqlite::{Connection, ErrorCode, TransactionBehavior, ffi, params};

use self::lock::Lock;
pub use self::read::SqliteReader;
use super::{
    Archive, Cell, Content, Digest, Head, Holdings, Key, Record, Rewrite, Rows, Store, StoreError,
    StoredCharge,
    rows::{digest, encode, signed},
    seal::{Vault, unlock, write_fact},
    sheet::{Draft, Sheet},
};
use crate::{
    effects::storage::KeyProvider,
    fact::{FactId, WrittenFact},
};

/// What is written. Versions 4 and 5 have the tables of version 3, and each has cells of kinds that a
/// program of before would take for damage.
const SCHEMA_VERSION: i64 = 5;

/// Pages of the log after which it is carried over into the file. Facts go to random pages of their
/// table: the more of them are carried over at once, the fewer pages are written twice.
const CHECKPOINT: i64 = 8_000;

const SCHEMA: &str = "
CREATE TABLE cell (
    kind TEXT NOT NULL, key BLOB NOT NULL, value BLOB NOT NULL, digest BLOB NOT NULL,
    PRIMARY KEY (kind, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE charge (
    id INTEGER PRIMARY KEY,
    session BLOB NOT NULL, step INTEGER NOT NULL, label TEXT NOT NULL,
    context BLOB NOT NULL, peer BLOB NOT NULL, epoch INTEGER NOT NULL, cost INTEGER NOT NULL,
    leak BLOB NOT NULL, line TEXT, digest BLOB NOT NULL
) STRICT;
CREATE TABLE fact (
    id BLOB PRIMARY KEY, name TEXT NOT NULL, body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE receipt (
    id BLOB PRIMARY KEY, body BLOB NOT NULL
) STRICT, WITHOUT ROWID;
";

/// The embedded journal.
///
/// ```
/// use aura_runtime::{ledger::Ledger, store::{SqliteStore, StoreError}};
/// let folder = tempfile::tempdir().unwrap();
/// let ledger = Ledger::open(SqliteStore::open(folder.path().join("journal.db"))?)?;
/// # drop(ledger);
/// # Ok::<(), StoreError>(())
/// ```
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
    sheet: Sheet,
    vault: Option<Vault>,
    /// Why nothing is written any more.
    stopped: Option<StoreError>,
    lock: Lock,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        let text = error.to_string();
        match error.sqlite_error_code() {
            Some(ErrorCode::DiskFull) => Self::Full(text),
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy(text),
            Some(ErrorCode::SystemIoFailure) => match error.sqlite_error().map(|e| e.extended_code)
            {
                // Half a page at the end of the file: it was cut off.
                Some(ffi::SQLITE_IOERR_SHORT_READ) => Self::Corrupt(text),
                _ => Self::Broken(text),
            },
            // What is no error of SQLite's is a value that is not what the schema says.
            None | Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => {
                Self::Corrupt(text)
            }
            Some(_) => Self::Io(text),
        }
    }
}

impl SqliteStore {
    /// Opens the file, and makes it where there is none. Fails where the file is damaged, or somebody
    /// else has it open.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(path.as_ref(), None)
    }

    /// Opens a file whose facts are sealed with a key, and makes it where there is none.
    pub fn open_sealed(path: impl AsRef<Path>, keys: &dyn KeyProvider) -> Result<Self, StoreError> {
        Self::open_with(path.as_ref(), Some(keys))
    }

    fn open_with(path: &Path, keys: Option<&dyn KeyProvider>) -> Result<Self, StoreError> {
        Self::try_open(path, keys).map_err(|error| match error {
            StoreError::Corrupt(what) => StoreError::Corrupt(format!("{}: {what}", path.display())),
            StoreError::Broken(what) | StoreError::Io(what) => {
                StoreError::Io(format!("{}: {what}", path.display()))
            }
            other => other,
        })
    }

    fn try_open(path: &Path, keys: Option<&dyn KeyProvider>) -> Result<Self, StoreError> {
        let path = lock::name(path)?;
        let lock = Lock::take(&path)?;
        let connection = Connection::open(&path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT)?;
        connection.set_prepared_statement_cache_capacity(32);
        let version =
            connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))?;
        let mut store = Self {
            connection,
            sheet: Sheet::default(),
            vault: None,
            stopped: None,
            lock,
        };
        match version {
            0 => store.make(keys)?,
            1 | 2 => store.migrate(version, keys)?,
            3 | 4 => store.adopt(keys)?,
            SCHEMA_VERSION => store.check_at_once(&path, keys)?,
            other => {
                return Err(StoreError::Corrupt(format!(
                    "it is of schema version {other}, and this program reads {SCHEMA_VERSION}"
                )));
            }
        }
        store.lock.mark()?;
        Ok(store)
    }

    fn make(&mut self, keys: Option<&dyn KeyProvider>) -> Result<(), StoreError> {
        let tables: i64 =
            self.connection
                .query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
        if tables > 0 || self.lock.is_marked() {
            return Err(StoreError::Corrupt(
                "it is empty or no journal, and there was one; to begin anew, remove it and its .lock"
                    .to_owned(),
            ));
        }
        let transaction = self.connection.transaction()?;
        transaction.execute_batch(SCHEMA)?;
        write_head(&transaction, None, &Head::default())?;
        if let Some(keys) = keys {
            let (vault, cell) = Vault::make(keys)?;
            let rows = Rows {
                cells: vec![(Key::Seal, cell)],
                ..Rows::default()
            };
            let draft = self.sheet.draft_rows(rows);
            write(&transaction, None, &mut self.sheet, &draft)?;
            self.vault = Some(vault);
        }
        transaction.pragma_update(None, "user_version", SCHEMA_VERSION)?;
        Ok(transaction.commit()?)
    }

    /// Brings a journal of version 1 or 2 to the present schema, or leaves it as it is.
    fn migrate(&mut self, version: i64, keys: Option<&dyn KeyProvider>) -> Result<(), StoreError> {
        // Those were never sealed.
        unlock(None, keys)?;
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let outcome = self.rewrite_all(version).and_then(|()| self.check(keys));
        let end = if outcome.is_ok() {
            "COMMIT"
        } else {
            "ROLLBACK"
        };
        self.connection.execute_batch(end)?;
        outcome
    }

    fn rewrite_all(&mut self, version: i64) -> Result<(), StoreError> {
        let rows = migrate::take(&self.connection, version)?;
        write_head(&self.connection, None, &Head::default())?;
        let draft = self.sheet.draft_rows(rows);
        write(&self.connection, None, &mut self.sheet, &draft)?;
        self.connection
            .pragma_update(None, "user_version", SCHEMA_VERSION)?;
        Ok(())
    }

    /// Writes a draft, or takes it back.
    fn write(&mut self, draft: Draft) -> Result<(), StoreError> {
        let Self {
            connection,
            sheet,
            vault,
            ..
        } = self;
        let written = connection
            .transaction_with_behavior(TransactionBehavior::Immediate)
            .map_err(StoreError::from)
            .and_then(|transaction| {
                write(&transaction, vault.as_ref(), sheet, &draft)?;
                Ok(transaction.commit()?)
            });
        if let Err(error) = &written {
            self.sheet.revert(draft);
            if !error.may_pass() {
                self.stopped = Some(error.clone());
            }
        }
        written
    }

    fn usable(&self) -> Result<(), StoreError> {
        self.stopped.clone().map_or(Ok(()), Err)
    }
}

impl Store for SqliteStore {
    fn load(&mut self) -> Result<Holdings, StoreError> {
        Ok(self.sheet.holdings())
    }

    fn commit(&mut self, batch: &[Record]) -> Result<(), StoreError> {
        self.usable()?;
        let draft = self.sheet.draft(batch)?;
        self.write(draft)
    }

    fn facts(&mut self, each: &mut dyn FnMut(FactId, WrittenFact<'_>)) -> Result<(), StoreError> {
        read::facts(&self.connection, self.vault.as_ref(), &mut |id, content| {
            if let Content::Fact(fact) = content {
                each(FactId(id), fact);
            }
            Ok(())
        })
    }
}

impl Rewrite for SqliteStore {
    fn rewrite(&mut self, rows: Rows) -> Result<(), StoreError> {
        self.usable()?;
        let draft = self.sheet.draft_rows(rows);
        self.write(draft)
    }
}

fn write(
    to: &Connection,
    vault: Option<&Vault>,
    sheet: &mut Sheet,
    draft: &Draft,
) -> Result<(), StoreError> {
    for (charge, digest) in &draft.charges {
        write_charge(to, charge, digest)?;
    }
    for (id, fact) in &draft.facts {
        let (name, body) = write_fact(&id.0, fact, vault)?;
        let new = to
            .prepare_cached("INSERT OR IGNORE INTO fact VALUES (?1, ?2, ?3)")?
            .execute(params![id.0, name, body])?;
        if new > 0 {
            sheet.head.add_content(&id.0);
        }
    }
    for (id, chain) in &draft.receipts {
        let new = to
            .prepare_cached("INSERT OR IGNORE INTO receipt VALUES (?1, ?2)")?
            .execute(params![id.0, chain.bytes()])?;
        if new > 0 {
            sheet.head.add_content(&id.0);
        }
    }
    let facts = draft
        .gone
        .iter()
        .map(|id| (&id.0, "DELETE FROM fact WHERE id = ?1"));
    let spent = draft.spent.iter();
    let spent = spent.map(|id| (&id.0, "DELETE FROM receipt WHERE id = ?1"));
    for (id, statement) in facts.chain(spent) {
        if to.prepare_cached(statement)?.execute([id])? > 0 {
            sheet.head.drop_content(id);
        }
    }
    for row in sheet.touched(draft) {
        to.prepare_cached(
            "INSERT INTO cell VALUES (?1, ?2, ?3, ?4) ON CONFLICT DO UPDATE
             SET value = excluded.value, digest = excluded.digest",
        )?
        .execute(params![row.kind, row.key, row.value, row.digest])?;
    }
    write_head(to, Some(&draft.before), &sheet.head)
}

fn write_charge(to: &Connection, charge: &StoredCharge, digest: &Digest) -> Result<(), StoreError> {
    to.prepare_cached(
        "INSERT INTO charge (session, step, label, context, peer, epoch, cost, leak, line, digest)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
    )?
    .execute(params![
        charge.session.0,
        signed(charge.step)?,
        charge.label,
        charge.context.0,
        charge.peer.0,
        signed(charge.epoch)?,
        signed(charge.cost)?,
        encode(&charge.leak),
        charge.line,
        digest
    ])?;
    Ok(())
}

/// Puts the head in place of the one that this store knows; fails where it is another.
fn write_head(to: &Connection, before: Option<&Head>, after: &Head) -> Result<(), StoreError> {
    let value = encode(after);
    let digest_after = digest(b"head", &value);
    let Some(before) = before else {
        to.execute(
            "INSERT INTO cell VALUES ('head', x'', ?1, ?2)",
            params![value, digest_after],
        )?;
        return Ok(());
    };
    let known = digest(b"head", &encode(before));
    let changed = to
        .prepare_cached(
            "UPDATE cell SET value = ?1, digest = ?2 WHERE kind = 'head' AND key = x'' AND digest = ?3",
        )?
        .execute(params![value, digest_after, known])?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Busy(
            "somebody else has written to it".to_owned(),
        ))
    }
}

impl Archive for SqliteStore {
    fn head(&mut self) -> Result<Head, StoreError> {
        read::head(&self.connection)
    }

    fn cells(&mut self) -> Result<Vec<(Key, Cell, Digest)>, StoreError> {
        read::cells(&self.connection)
    }

    fn charges(
        &mut self,
        each: &mut dyn FnMut(StoredCharge, Digest) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        read::charges(&self.connection, each)
    }

    fn contents(
        &mut self,
        each: &mut dyn FnMut(Digest, Content<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        read::contents(&self.connection, self.vault.as_ref(), each)
    }
}
