//! Journals of earlier versions, brought to the present schema as one transaction.
//!
//! Versions 1 and 2 kept sums in tables of their own, nothing under a digest, and facts under an older
//! hash; version 2 added the lines of the audit log. What they did not keep is how much each charge has
//! leaked: only the sum is known, which stands at the first charge of its context. Version 3 has the
//! present tables, and no cell of a kind that was added since.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use super::{
    super::{
        Cell, Key, Rows, StoreError, StoredCharge,
        rows::{decode_fact, unsigned},
        sheet::Sheet,
    },
    SCHEMA, SCHEMA_VERSION, SqliteStore, read, write,
};
use crate::{
    budget::{Allowance, Budget},
    effects::storage::KeyProvider,
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

impl SqliteStore {
    /// Brings a journal of version 3 or 4, whose tables are those of today, to the present one, or leaves
    /// it as it is. In version 3 a budget of several devices could stand alone; now what this device has
    /// spent of it stands beside it, and that is what its charges say.
    pub(super) fn adopt(&mut self, keys: Option<&dyn KeyProvider>) -> Result<(), StoreError> {
        self.connection.execute_batch("BEGIN IMMEDIATE")?;
        let outcome = self.complete().and_then(|()| self.check(keys));
        let end = if outcome.is_ok() {
            "COMMIT"
        } else {
            "ROLLBACK"
        };
        self.connection.execute_batch(end)?;
        outcome
    }

    fn complete(&mut self) -> Result<(), StoreError> {
        let cells = read::cells(&self.connection)?;
        let cells = cells.into_iter().map(|(key, cell, _)| (key, cell));
        self.sheet = Sheet::of(cells, read::head(&self.connection)?);
        let mut lacking = BTreeMap::new();
        for (key, cell) in self.sheet.cells() {
            if let (Key::Shared(context, peer), Cell::Shared(shared)) = (key, cell) {
                let key = Key::Budget(*context, *peer);
                let own = match self.sheet.cell(&key) {
                    Some(Cell::Budget(own)) => own.epoch,
                    _ => 0,
                };
                if own < shared.epoch() {
                    let mut budget = Budget::default();
                    budget.declare(shared.epoch(), shared.limit());
                    lacking.insert(key, budget);
                }
            }
        }
        if !lacking.is_empty() {
            read::charges(&self.connection, &mut |charge, _| {
                let budget = lacking.get_mut(&Key::Budget(charge.context, charge.peer));
                if let Some(budget) = budget.filter(|budget| budget.epoch == charge.epoch) {
                    budget.spent = budget.spent.saturating_add(charge.cost);
                }
                Ok(())
            })?;
            let cells = lacking.into_iter();
            let rows = Rows {
                cells: cells.map(|(key, own)| (key, Cell::Budget(own))).collect(),
                ..Rows::default()
            };
            let draft = self.sheet.draft_rows(rows);
            write(&self.connection, None, &mut self.sheet, &draft)?;
        }
        let connection = &self.connection;
        Ok(connection.pragma_update(None, "user_version", SCHEMA_VERSION)?)
    }
}
