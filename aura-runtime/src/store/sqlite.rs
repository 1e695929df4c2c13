//! A store in one `SQLite` file, in WAL mode with `synchronous = FULL`: a batch is one transaction and
//! one flush.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: this module is where files are written"
)]

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Transaction, params};

use super::{Holdings, Record, SentRecord, Store, StoreError};
use crate::{
    budget::{Allowance, Budget},
    fact::{Fact, FactId},
    identity::{AuthorityId, ContextId, SessionId},
    machine::Observer,
};

const SCHEMA_VERSION: i64 = 2;

/// What version 1 did not have.
const SINCE_1: &str = "
CREATE TABLE log (
    charge INTEGER PRIMARY KEY REFERENCES charge (id), line TEXT NOT NULL
) STRICT;
";

const SCHEMA: &str = "
CREATE TABLE budget (
    context BLOB NOT NULL, peer BLOB NOT NULL,
    epoch INTEGER NOT NULL, ceiling INTEGER NOT NULL, spent INTEGER NOT NULL,
    PRIMARY KEY (context, peer)
) STRICT, WITHOUT ROWID;
CREATE TABLE leakage (
    context BLOB NOT NULL, observer INTEGER NOT NULL,
    ceiling INTEGER NOT NULL, spent INTEGER NOT NULL,
    PRIMARY KEY (context, observer)
) STRICT, WITHOUT ROWID;
CREATE TABLE charge (
    id INTEGER PRIMARY KEY,
    session BLOB NOT NULL, step INTEGER NOT NULL, label TEXT NOT NULL,
    context BLOB NOT NULL, peer BLOB NOT NULL, epoch INTEGER NOT NULL, cost INTEGER NOT NULL
) STRICT;
CREATE TABLE fact (
    id BLOB PRIMARY KEY, name TEXT NOT NULL, body BLOB NOT NULL
) STRICT;
";

/// The embedded journal.
#[derive(Debug)]
pub struct SqliteStore {
    connection: Connection,
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        match error {
            rusqlite::Error::FromSqlConversionFailure(..)
            | rusqlite::Error::InvalidColumnType(..)
            | rusqlite::Error::IntegralValueOutOfRange(..) => Self::Corrupt(error.to_string()),
            other => Self::Io(other.to_string()),
        }
    }
}

impl SqliteStore {
    /// Opens the file, and makes it where there is none.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.set_prepared_statement_cache_capacity(32);
        match connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))? {
            0 => connection.execute_batch(&format!(
                "BEGIN; {SCHEMA} {SINCE_1} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            ))?,
            1 => connection.execute_batch(&format!(
                "BEGIN; {SINCE_1} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;"
            ))?,
            SCHEMA_VERSION => {}
            other => return Err(StoreError::Corrupt(format!("schema version {other}"))),
        }
        Ok(Self { connection })
    }
}

impl Store for SqliteStore {
    fn load(&mut self) -> Result<Holdings, StoreError> {
        let mut budgets = self
            .connection
            .prepare("SELECT context, peer, epoch, ceiling, spent FROM budget ORDER BY 1, 2")?;
        let budgets = budgets
            .query_map([], |row| {
                let budget = Budget {
                    epoch: unsigned(row.get(2)?),
                    limit: unsigned(row.get(3)?),
                    spent: unsigned(row.get(4)?),
                };
                Ok((ContextId(row.get(0)?), AuthorityId(row.get(1)?), budget))
            })?
            .collect::<Result<_, _>>()?;
        let mut leakage = self
            .connection
            .prepare("SELECT context, observer, ceiling, spent FROM leakage ORDER BY 1, 2")?;
        let leakage = leakage
            .query_map([], |row| {
                let allowance = Allowance {
                    limit: unsigned(row.get(2)?),
                    spent: unsigned(row.get(3)?),
                };
                Ok((ContextId(row.get(0)?), row.get::<_, u8>(1)?, allowance))
            })?
            .collect::<Result<Vec<_>, _>>()?;
        let leakage = leakage
            .into_iter()
            .map(|(context, observer, allowance)| {
                let observer = Observer::ALL.get(usize::from(observer)).copied();
                let observer = observer.ok_or_else(|| StoreError::Corrupt("observer".into()))?;
                Ok((context, observer, allowance))
            })
            .collect::<Result<_, StoreError>>()?;
        Ok(Holdings { budgets, leakage })
    }

    fn commit(&mut self, batch: &[Record]) -> Result<(), StoreError> {
        let transaction = self.connection.transaction()?;
        for record in batch {
            write(&transaction, record)?;
        }
        Ok(transaction.commit()?)
    }
}

fn write(to: &Transaction<'_>, record: &Record) -> Result<(), StoreError> {
    match record {
        Record::Budget {
            context,
            peer,
            epoch,
            limit,
        } => {
            to.prepare_cached(
                "INSERT INTO budget VALUES (?1, ?2, ?3, ?4, 0)
                 ON CONFLICT DO UPDATE SET
                   spent = CASE WHEN ?3 > epoch THEN 0 ELSE spent END,
                   ceiling = CASE WHEN ?3 > epoch THEN ?4
                                  WHEN ?3 = epoch THEN min(ceiling, ?4) ELSE ceiling END,
                   epoch = max(epoch, ?3)",
            )?
            .execute(params![context.0, peer.0, signed(*epoch)?, signed(*limit)?])?;
        }
        Record::Leakage {
            context,
            observer,
            limit,
        } => {
            to.prepare_cached(
                "INSERT INTO leakage VALUES (?1, ?2, ?3, 0)
                 ON CONFLICT DO UPDATE SET ceiling = ?3",
            )?
            .execute(params![context.0, *observer as i64, signed(*limit)?])?;
        }
        Record::Send(sent) => write_send(to, sent)?,
        Record::Broadcast(copies) => {
            for sent in copies {
                write_send(to, sent)?;
            }
        }
        Record::Facts(facts) => write_facts(to, facts)?,
    }
    Ok(())
}

fn write_send(to: &Transaction<'_>, sent: &SentRecord) -> Result<(), StoreError> {
    let (cost, epoch) = (signed(sent.cost)?, signed(sent.epoch)?);
    to.prepare_cached(
        "UPDATE budget SET spent = spent + ?3 WHERE context = ?1 AND peer = ?2 AND epoch = ?4",
    )?
    .execute(params![sent.context.0, sent.peer.0, cost, epoch])?;
    for (observer, leak) in Observer::ALL
        .into_iter()
        .zip(sent.leak)
        .filter(|(_, leak)| *leak > 0)
    {
        to.prepare_cached(
            "UPDATE leakage SET spent = spent + ?3 WHERE context = ?1 AND observer = ?2",
        )?
        .execute(params![sent.context.0, observer as i64, signed(leak)?])?;
    }
    to.prepare_cached(
        "INSERT INTO charge (session, step, label, context, peer, epoch, cost)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?
    .execute(params![
        sent.session.0,
        signed(sent.step)?,
        sent.label,
        sent.context.0,
        sent.peer.0,
        epoch,
        cost
    ])?;
    if let Some(line) = sent.log {
        to.prepare_cached("INSERT INTO log VALUES (last_insert_rowid(), ?1)")?
            .execute([line])?;
    }
    write_facts(to, &sent.facts)
}

fn write_facts(to: &Transaction<'_>, facts: &[(FactId, Fact)]) -> Result<(), StoreError> {
    for (id, fact) in facts {
        to.prepare_cached("INSERT OR IGNORE INTO fact VALUES (?1, ?2, ?3)")?
            .execute(params![id.0, fact.name, fact.bytes()])?;
    }
    Ok(())
}

/// A charge as it stands in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredCharge {
    /// The run.
    pub session: SessionId,
    /// The sender's step.
    pub step: u64,
    /// The wire label.
    pub label: String,
    /// To whom.
    pub peer: AuthorityId,
    /// The cost.
    pub cost: u64,
}

/// Looks into a journal file without changing it, also while a ledger writes to it.
#[derive(Debug)]
pub struct SqliteReader {
    connection: Connection,
}

impl SqliteReader {
    /// Opens the file for reading.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        Ok(Self {
            connection: Connection::open_with_flags(path, flags)?,
        })
    }

    /// Every charge, in the order of writing.
    pub fn charges(&self) -> Result<Vec<StoredCharge>, StoreError> {
        let mut rows = self
            .connection
            .prepare("SELECT session, step, label, peer, cost FROM charge ORDER BY id")?;
        let charges = rows.query_map([], |row| {
            Ok(StoredCharge {
                session: SessionId(row.get(0)?),
                step: unsigned(row.get(1)?),
                label: row.get(2)?,
                peer: AuthorityId(row.get(3)?),
                cost: unsigned(row.get(4)?),
            })
        })?;
        Ok(charges.collect::<Result<_, _>>()?)
    }

    /// The audit log: the session, the wire label and the line, in the order of writing.
    pub fn log(&self) -> Result<Vec<(SessionId, String, String)>, StoreError> {
        let mut rows = self.connection.prepare(
            "SELECT session, label, line FROM log JOIN charge ON charge = id ORDER BY id",
        )?;
        let lines = rows.query_map([], |row| {
            Ok((SessionId(row.get(0)?), row.get(1)?, row.get(2)?))
        })?;
        Ok(lines.collect::<Result<_, _>>()?)
    }

    /// Every fact, in the order of their names and ids.
    pub fn facts(&self) -> Result<Vec<Fact>, StoreError> {
        let mut rows = self
            .connection
            .prepare("SELECT body FROM fact ORDER BY name, id")?;
        let bodies: Vec<Vec<u8>> = rows
            .query_map([], |row| row.get(0))?
            .collect::<Result<_, _>>()?;
        bodies
            .iter()
            .map(|body| {
                postcard::from_bytes(body).map_err(|error| StoreError::Corrupt(error.to_string()))
            })
            .collect()
    }
}

/// `SQLite` counts in signed 64 bits; a number beyond is refused rather than wrapped.
fn signed(value: u64) -> Result<i64, StoreError> {
    i64::try_from(value).map_err(|_| StoreError::Io(format!("{value} does not fit the journal")))
}

fn unsigned(value: i64) -> u64 {
    u64::try_from(value).unwrap_or(0)
}
