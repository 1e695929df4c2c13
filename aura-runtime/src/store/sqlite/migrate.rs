//! Journals of earlier versions, brought to the present schema as one transaction.
//!
//! Versions 1 and 2 kept sums in tables of their own, nothing under a digest, and facts under an older
//! hash; version 2 added the lines of the audit log. What they did not keep is how much each charge has
//! leaked: only the sum is known, which stands at the first charge of its context. Version 3 has the
//! present tables, and no cell of a kind that was added since.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::{
    super::{
        Cell, Key, Rows, StoreError, StoredCharge,
        rows::{decode_fact, unsigned},
    },
    SCHEMA,
};
use crate::{
    budget::{Allowance, Budget},
    fact::FactId,
    identity::{AuthorityId, ContextId, SessionId},
    machine::Observer,
};

/// Takes the rows of version 1 or 2 out of their tables, and puts the present tables, empty, in place.
pub(super) fn take(from: &Connection, version: i64) -> Result<Rows, StoreError> {
    let mut rows = Rows {
        charges: charges(from, version)?,
        cells: budgets(from)?,
        ..Rows::default()
    };
    leakage(from, &mut rows)?;
    facts(from, &mut rows)?;
    from.execute_batch(
        "DROP TABLE budget; DROP TABLE leakage; DROP TABLE IF EXISTS log; DROP TABLE charge;
         DROP TABLE fact;",
    )?;
    from.execute_batch(SCHEMA)?;
    Ok(rows)
}

fn budgets(from: &Connection) -> Result<Vec<(Key, Cell)>, StoreError> {
    let mut rows = from.prepare("SELECT context, peer, epoch, ceiling, spent FROM budget")?;
    let mut rows = rows.query([])?;
    let mut cells = Vec::new();
    while let Some(row) = rows.next()? {
        let key = Key::Budget(ContextId(row.get(0)?), AuthorityId(row.get(1)?));
        let budget = Budget {
            epoch: unsigned(row.get(2)?)?,
            limit: unsigned(row.get(3)?)?,
            spent: unsigned(row.get(4)?)?,
        };
        cells.push((key, Cell::Budget(budget)));
    }
    Ok(cells)
}

fn charges(from: &Connection, version: i64) -> Result<Vec<StoredCharge>, StoreError> {
    let line = match version {
        1 => "NULL",
        _ => "(SELECT line FROM log WHERE log.charge = charge.id)",
    };
    let mut rows = from.prepare(&format!(
        "SELECT session, step, label, context, peer, epoch, cost, {line} FROM charge ORDER BY id"
    ))?;
    let mut rows = rows.query([])?;
    let mut charges = Vec::new();
    while let Some(row) = rows.next()? {
        charges.push(StoredCharge {
            session: SessionId(row.get(0)?),
            step: unsigned(row.get(1)?)?,
            label: row.get(2)?,
            context: ContextId(row.get(3)?),
            peer: AuthorityId(row.get(4)?),
            epoch: unsigned(row.get(5)?)?,
            cost: unsigned(row.get(6)?)?,
            leak: [0; Observer::COUNT],
            line: row.get(7)?,
        });
    }
    Ok(charges)
}

fn leakage(from: &Connection, rows: &mut Rows) -> Result<(), StoreError> {
    let mut found = from.prepare("SELECT context, observer, ceiling, spent FROM leakage")?;
    let mut found = found.query([])?;
    while let Some(row) = found.next()? {
        let (context, observer) = (ContextId(row.get(0)?), row.get::<_, u8>(1)?);
        let allowance = Allowance {
            limit: unsigned(row.get(2)?)?,
            spent: unsigned(row.get(3)?)?,
        };
        let mut charges = rows.charges.iter_mut();
        let first = charges.find(|charge| charge.context == context);
        let leak = first.and_then(|charge| charge.leak.get_mut(usize::from(observer)));
        match leak {
            Some(leak) => *leak = allowance.spent,
            None if allowance.spent == 0 => {}
            None => {
                return Err(StoreError::Corrupt(
                    "something has leaked in a context without a charge".to_owned(),
                ));
            }
        }
        let key = Key::Leakage(context, observer);
        rows.cells.push((key, Cell::Leakage(allowance)));
    }
    Ok(())
}

fn facts(from: &Connection, rows: &mut Rows) -> Result<(), StoreError> {
    let key = blake3::derive_key("aura 2026 fact id v1", b"");
    let mut found = from.prepare("SELECT id, body FROM fact")?;
    let mut found = found.query([])?;
    let mut ids = BTreeSet::new();
    while let Some(row) = found.next()? {
        let (written, body): ([u8; 32], Vec<u8>) = (row.get(0)?, row.get(1)?);
        let fact = decode_fact(body.as_slice())?;
        let id = fact.id();
        let is_it = id == FactId(written) || *blake3::keyed_hash(&key, &body).as_bytes() == written;
        if !is_it {
            return Err(StoreError::Corrupt(format!(
                "what stands under {:?} is something else",
                FactId(written)
            )));
        }
        if ids.insert(id) {
            rows.facts.push((id, fact.fact()));
        }
    }
    Ok(())
}
