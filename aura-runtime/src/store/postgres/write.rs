//! Writing a batch: each table takes all of its rows in one statement.

use postgres::{Client, Transaction};

use crate::store::{
    Digest, Head, StoreError,
    rows::{digest, encode, signed},
    seal::{Vault, write_fact},
    sheet::{Draft, Sheet},
};

/// Writes a draft. From when `unsure` is set on, an error leaves open whether it was written.
pub(super) fn draft(
    client: &mut Client,
    vault: Option<&Vault>,
    sheet: &mut Sheet,
    draft: &Draft,
    unsure: &mut Option<Head>,
) -> Result<(), StoreError> {
    let mut transaction = client.transaction()?;
    let mut head = sheet.head;
    charges(&mut transaction, draft)?;
    facts(&mut transaction, vault, draft, &mut head)?;
    receipts(&mut transaction, draft, &mut head)?;
    remove(&mut transaction, draft, &mut head)?;
    cells(&mut transaction, sheet, draft)?;
    put_head(&mut transaction, &draft.before, &head)?;
    *unsure = Some(head);
    transaction.commit()?;
    sheet.head = head;
    Ok(())
}

fn charges(to: &mut Transaction<'_>, draft: &Draft) -> Result<(), StoreError> {
    if draft.charges.is_empty() {
        return Ok(());
    }
    let rows = || draft.charges.iter().map(|(charge, _)| charge);
    let numbers = |of: fn(&crate::store::StoredCharge) -> u64| -> Result<Vec<i64>, StoreError> {
        rows().map(|charge| signed(of(charge))).collect()
    };
    let first = signed(draft.before.charges)?;
    let sessions: Vec<&[u8]> = rows().map(|charge| &charge.session.0[..]).collect();
    let labels: Vec<&str> = rows().map(|charge| charge.label.as_str()).collect();
    let contexts: Vec<&[u8]> = rows().map(|charge| &charge.context.0[..]).collect();
    let peers: Vec<&[u8]> = rows().map(|charge| &charge.peer.0[..]).collect();
    let leaks: Vec<Vec<u8>> = rows().map(|charge| encode(&charge.leak)).collect();
    let lines: Vec<Option<&str>> = rows().map(|charge| charge.line.as_deref()).collect();
    let digests: Vec<&[u8]> = draft
        .charges
        .iter()
        .map(|(_, digest)| &digest[..])
        .collect();
    to.execute(
        "INSERT INTO charge (id, session, step, label, context, peer, epoch, cost, leak, line, digest)
         SELECT $1 + n, session, step, label, context, peer, epoch, cost, leak, line, digest
         FROM unnest($2::bytea[], $3::bigint[], $4::text[], $5::bytea[], $6::bytea[], $7::bigint[],
                     $8::bigint[], $9::bytea[], $10::text[], $11::bytea[])
              WITH ORDINALITY AS row (session, step, label, context, peer, epoch, cost, leak, line,
                                      digest, n)",
        &[
            &first,
            &sessions,
            &numbers(|charge| charge.step)?,
            &labels,
            &contexts,
            &peers,
            &numbers(|charge| charge.epoch)?,
            &numbers(|charge| charge.cost)?,
            &leaks,
            &lines,
            &digests,
        ],
    )?;
    Ok(())
}

fn facts(
    to: &mut Transaction<'_>,
    vault: Option<&Vault>,
    draft: &Draft,
    head: &mut Head,
) -> Result<(), StoreError> {
    let (mut ids, mut names, mut bodies) = (Vec::new(), Vec::new(), Vec::new());
    for (id, fact) in &draft.facts {
        let (name, body) = write_fact(&id.0, fact, vault)?;
        ids.push(&id.0[..]);
        names.push(name);
        bodies.push(body);
    }
    if ids.is_empty() {
        return Ok(());
    }
    let new = to.query(
        "INSERT INTO fact SELECT * FROM unnest($1::bytea[], $2::text[], $3::bytea[])
         ON CONFLICT DO NOTHING RETURNING id",
        &[&ids, &names, &bodies],
    )?;
    count(&new, head)
}

fn receipts(to: &mut Transaction<'_>, draft: &Draft, head: &mut Head) -> Result<(), StoreError> {
    if draft.receipts.is_empty() {
        return Ok(());
    }
    let ids: Vec<&[u8]> = draft.receipts.iter().map(|(id, _)| &id.0[..]).collect();
    let bodies: Vec<Vec<u8>> = draft
        .receipts
        .iter()
        .map(|(_, chain)| chain.bytes())
        .collect();
    let new = to.query(
        "INSERT INTO receipt SELECT * FROM unnest($1::bytea[], $2::bytea[])
         ON CONFLICT DO NOTHING RETURNING id",
        &[&ids, &bodies],
    )?;
    count(&new, head)
}

fn count(new: &[postgres::Row], head: &mut Head) -> Result<(), StoreError> {
    for row in new {
        head.add_content(&id(row)?);
    }
    Ok(())
}

fn cells(to: &mut Transaction<'_>, sheet: &Sheet, draft: &Draft) -> Result<(), StoreError> {
    let rows = sheet.touched(draft);
    if rows.is_empty() {
        return Ok(());
    }
    let kinds: Vec<&str> = rows.iter().map(|row| row.kind).collect();
    let keys: Vec<&[u8]> = rows.iter().map(|row| &row.key[..]).collect();
    let values: Vec<&[u8]> = rows.iter().map(|row| &row.value[..]).collect();
    let digests: Vec<&[u8]> = rows.iter().map(|row| &row.digest[..]).collect();
    to.execute(
        "INSERT INTO cell SELECT * FROM unnest($1::text[], $2::bytea[], $3::bytea[], $4::bytea[])
         ON CONFLICT (kind, key) DO UPDATE SET value = excluded.value, digest = excluded.digest",
        &[&kinds, &keys, &values, &digests],
    )?;
    Ok(())
}

/// Puts the head in place of the one that this store knows; fails where it is another.
fn put_head(to: &mut Transaction<'_>, before: &Head, after: &Head) -> Result<(), StoreError> {
    let value = encode(after);
    let known = digest(b"head", &encode(before));
    let changed = to.execute(
        "UPDATE cell SET value = $1, digest = $2 WHERE kind = 'head' AND digest = $3",
        &[&value, &&digest(b"head", &value)[..], &&known[..]],
    )?;
    if changed == 1 {
        Ok(())
    } else {
        Err(StoreError::Busy(
            "somebody else has written to it".to_owned(),
        ))
    }
}

fn remove(to: &mut Transaction<'_>, draft: &Draft, head: &mut Head) -> Result<(), StoreError> {
    let facts: Vec<&[u8]> = draft.gone.iter().map(|id| &id.0[..]).collect();
    let receipts: Vec<&[u8]> = draft.spent.iter().map(|id| &id.0[..]).collect();
    for (ids, statement) in [
        (
            facts,
            "DELETE FROM fact WHERE id = ANY($1::bytea[]) RETURNING id",
        ),
        (
            receipts,
            "DELETE FROM receipt WHERE id = ANY($1::bytea[]) RETURNING id",
        ),
    ] {
        if !ids.is_empty() {
            for row in &to.query(statement, &[&ids])? {
                head.drop_content(&id(row)?);
            }
        }
    }
    Ok(())
}

fn id(row: &postgres::Row) -> Result<Digest, StoreError> {
    let id: &[u8] = row.try_get(0)?;
    let id = id.try_into();
    id.map_err(|_| StoreError::Corrupt("an id is too short".to_owned()))
}
