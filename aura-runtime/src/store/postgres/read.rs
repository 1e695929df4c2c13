//! Reading a journal, a page at a time.

use postgres::{Client, Row};

use crate::{
    identity::{AuthorityId, ContextId, SessionId},
    receipt::Chain,
    store::{
        Cell, Content, Digest, Head, Key, StoreError, StoredCharge,
        rows::{decode, read_cell, read_head, unsigned},
        seal::{Vault, read_fact},
    },
};

/// Rows read at once.
const PAGE: i64 = 10_000;

/// Which contents.
#[derive(Clone, Copy)]
pub(super) enum Table {
    Fact,
    Receipt,
}

pub(super) fn head(client: &mut Client) -> Result<Head, StoreError> {
    let row = client.query_opt("SELECT value, digest FROM cell WHERE kind = 'head'", &[])?;
    let row = row.ok_or_else(|| StoreError::Corrupt("its head is missing".to_owned()))?;
    read_head(row.try_get(0)?, row.try_get(1)?)
}

pub(super) fn cells(client: &mut Client) -> Result<Vec<(Key, Cell, Digest)>, StoreError> {
    let rows = client.query(
        "SELECT kind, key, value, digest FROM cell WHERE kind <> 'head' ORDER BY 1, 2",
        &[],
    )?;
    let cells = rows.iter().map(|row| {
        let (key, cell) = read_cell(row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)?;
        Ok((key, cell, bytes(row, 3)?))
    });
    cells.collect()
}

pub(super) fn charges(
    client: &mut Client,
    after: i64,
) -> Result<Vec<(i64, StoredCharge, Digest)>, StoreError> {
    let rows = client.query(
        "SELECT session, step, label, context, peer, epoch, cost, leak, line, digest, id
         FROM charge WHERE id > $1 ORDER BY id LIMIT $2",
        &[&after, &PAGE],
    )?;
    let charges = rows.iter().map(|row| {
        let charge = StoredCharge {
            session: SessionId(bytes(row, 0)?),
            step: unsigned(row.try_get(1)?)?,
            label: row.try_get(2)?,
            context: ContextId(bytes(row, 3)?),
            peer: AuthorityId(bytes(row, 4)?),
            epoch: unsigned(row.try_get(5)?)?,
            cost: unsigned(row.try_get(6)?)?,
            leak: decode("the leakage of a charge", row.try_get(7)?)?,
            line: row.try_get(8)?,
        };
        Ok((row.try_get(10)?, charge, bytes(row, 9)?))
    });
    charges.collect()
}

pub(super) fn contents(
    client: &mut Client,
    table: Table,
    after: &[u8],
    is_sealed: bool,
    vault: Option<&Vault>,
) -> Result<Vec<(Digest, Content<'static>)>, StoreError> {
    let query = match table {
        Table::Fact => "SELECT id, body, name FROM fact WHERE id > $1 ORDER BY id LIMIT $2",
        Table::Receipt => "SELECT id, body FROM receipt WHERE id > $1 ORDER BY id LIMIT $2",
    };
    let rows = client.query(query, &[&after, &PAGE])?;
    let contents = rows.iter().map(|row| {
        let id: Digest = bytes(row, 0)?;
        let body: &[u8] = row.try_get(1)?;
        let content = match table {
            Table::Fact => read_fact(&id, row.try_get(2)?, body, is_sealed, vault)?.into_owned(),
            Table::Receipt => Content::Receipts(
                Chain::from_bytes(body).map_err(|error| StoreError::Corrupt(error.to_string()))?,
            ),
        };
        Ok((id, content))
    });
    contents.collect()
}

fn bytes<const N: usize>(row: &Row, at: usize) -> Result<[u8; N], StoreError> {
    let found: &[u8] = row.try_get(at)?;
    let sized = found.try_into();
    sized.map_err(|_| StoreError::Corrupt(format!("{} bytes instead of {N}", found.len())))
}
