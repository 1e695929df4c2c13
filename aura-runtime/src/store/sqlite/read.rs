//! Reading a journal file, row by row.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: this module is where files are read"
)]

use std::path::Path;

use rusqlite::{Connection, OpenFlags, Row};

use super::super::{
    Archive, Cell, Content, Digest, Head, Key, StoreError, StoredCharge,
    rows::{decode, read_cell, read_head, unsigned},
    seal::{Vault, read_fact, unlock},
};
use crate::{
    effects::storage::KeyProvider,
    fact::Fact,
    identity::{AuthorityId, ContextId, SessionId},
    receipt::Chain,
};

/// Looks into a journal file without changing it, also while a ledger writes to it.
#[derive(Debug)]
pub struct SqliteReader {
    connection: Connection,
    vault: Option<Vault>,
}

impl SqliteReader {
    /// Opens the file for reading.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::open_with(path, None)
    }

    /// Opens the file for reading, with the key that its facts are sealed with. Without a key they are
    /// [`Content::Sealed`].
    pub fn open_with(
        path: impl AsRef<Path>,
        keys: Option<&dyn KeyProvider>,
    ) -> Result<Self, StoreError> {
        let connection = connect(path.as_ref())?;
        let version: i64 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
        if version == 1 || version == 2 {
            return Err(StoreError::Io(format!(
                "it is of schema version {version}: a ledger that opens it brings it to the present one"
            )));
        }
        let vault = match keys {
            Some(keys) => {
                let cells = cells(&connection)?;
                let seal = cells.iter().find(|(key, ..)| *key == Key::Seal);
                unlock(seal.map(|(_, cell, _)| cell), Some(keys))?
            }
            None => None,
        };
        Ok(Self { connection, vault })
    }

    /// Every charge, in the order of writing.
    pub fn charges(&self) -> Result<Vec<StoredCharge>, StoreError> {
        let mut all = Vec::new();
        charges(&self.connection, &mut |charge, _| {
            all.push(charge);
            Ok(())
        })?;
        Ok(all)
    }

    /// The audit log: the session, the wire label and the line, in the order of writing.
    pub fn log(&self) -> Result<Vec<(SessionId, String, String)>, StoreError> {
        let charges = self.charges()?.into_iter();
        let lines = charges
            .filter_map(|charge| charge.line.map(|line| (charge.session, charge.label, line)));
        Ok(lines.collect())
    }

    /// Every fact, in the order of their names and ids. Fails where they are sealed.
    pub fn facts(&self) -> Result<Vec<Fact>, StoreError> {
        let mut all = Vec::new();
        contents(&self.connection, self.vault.as_ref(), &mut |id, content| {
            match content {
                Content::Fact(fact) => all.push((id, fact.fact())),
                Content::Sealed => {
                    return Err(StoreError::Key("the facts are sealed".to_owned()));
                }
                Content::Receipts(_) => {}
            }
            Ok(())
        })?;
        all.sort_by(|(id, fact), (than, other)| (&fact.name, id).cmp(&(&other.name, than)));
        Ok(all.into_iter().map(|(_, fact)| fact).collect())
    }
}

impl Archive for SqliteReader {
    fn head(&mut self) -> Result<Head, StoreError> {
        head(&self.connection)
    }

    fn cells(&mut self) -> Result<Vec<(Key, Cell, Digest)>, StoreError> {
        cells(&self.connection)
    }

    fn charges(
        &mut self,
        each: &mut dyn FnMut(StoredCharge, Digest) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        charges(&self.connection, each)
    }

    fn contents(
        &mut self,
        each: &mut dyn FnMut(Digest, Content<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        contents(&self.connection, self.vault.as_ref(), each)
    }
}

/// A connection that only reads.
pub(super) fn connect(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Ok(Connection::open_with_flags(path, flags)?)
}

pub(super) fn head(connection: &Connection) -> Result<Head, StoreError> {
    let (value, written): (Vec<u8>, Vec<u8>) = connection
        .query_row(
            "SELECT value, digest FROM cell WHERE kind = 'head' AND key = x''",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .map_err(|error| match error {
            rusqlite::Error::QueryReturnedNoRows => {
                StoreError::Corrupt("its head is missing".to_owned())
            }
            other => other.into(),
        })?;
    read_head(&value, &written)
}

pub(super) fn cells(connection: &Connection) -> Result<Vec<(Key, Cell, Digest)>, StoreError> {
    let mut rows = connection
        .prepare("SELECT kind, key, value, digest FROM cell WHERE kind <> 'head' ORDER BY 1, 2")?;
    let mut rows = rows.query([])?;
    let mut cells = Vec::new();
    while let Some(row) = rows.next()? {
        let (kind, key): (String, Vec<u8>) = (row.get(0)?, row.get(1)?);
        let (key, cell) = read_cell(&kind, &key, &row.get::<_, Vec<u8>>(2)?)?;
        cells.push((key, cell, row.get(3)?));
    }
    Ok(cells)
}

pub(super) fn charges(
    connection: &Connection,
    each: &mut dyn FnMut(StoredCharge, Digest) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let mut rows = connection.prepare(
        "SELECT session, step, label, context, peer, epoch, cost, leak, line, digest
         FROM charge ORDER BY id",
    )?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        each(charge(row)?, row.get(9)?)?;
    }
    Ok(())
}

fn charge(row: &Row<'_>) -> Result<StoredCharge, StoreError> {
    Ok(StoredCharge {
        session: SessionId(row.get(0)?),
        step: unsigned(row.get(1)?)?,
        label: row.get(2)?,
        context: ContextId(row.get(3)?),
        peer: AuthorityId(row.get(4)?),
        epoch: unsigned(row.get(5)?)?,
        cost: unsigned(row.get(6)?)?,
        leak: decode("the leakage of a charge", &row.get::<_, Vec<u8>>(7)?)?,
        line: row.get(8)?,
    })
}

pub(super) fn contents(
    connection: &Connection,
    vault: Option<&Vault>,
    each: &mut dyn FnMut(Digest, Content<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    facts(connection, vault, each)?;
    let mut rows = connection.prepare("SELECT id, body FROM receipt ORDER BY id")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let body: Vec<u8> = row.get(1)?;
        let chain = Chain::from_bytes(&body);
        let chain = chain.map_err(|error| StoreError::Corrupt(error.to_string()))?;
        each(row.get(0)?, Content::Receipts(chain))?;
    }
    Ok(())
}

pub(super) fn facts(
    connection: &Connection,
    vault: Option<&Vault>,
    each: &mut dyn FnMut(Digest, Content<'_>) -> Result<(), StoreError>,
) -> Result<(), StoreError> {
    let is_sealed =
        connection.query_row("SELECT count(*) FROM cell WHERE kind = 'seal'", [], |row| {
            row.get::<_, i64>(0)
        })? > 0;
    let mut rows = connection.prepare("SELECT id, name, body FROM fact ORDER BY id")?;
    let mut rows = rows.query([])?;
    while let Some(row) = rows.next()? {
        let id: Digest = row.get(0)?;
        let name = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
        let body = row.get_ref(2)?.as_blob().map_err(rusqlite::Error::from)?;
        each(id, read_fact(&id, name, body, is_sealed, vault)?)?;
    }
    Ok(())
}
