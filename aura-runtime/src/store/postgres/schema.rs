//! Connections, the lock, and the tables with their migrations.

use std::{thread, time::Duration};

use postgres::{Client, Config};

use super::{PostgresOptions, tls};
use crate::store::{
    Head, StoreError,
    rows::{digest, encode},
};

/// What each version of the schema adds to the one before it; never changed once released.
const MIGRATIONS: &[&str] = &[
    "
CREATE TABLE cell (
    kind TEXT NOT NULL, key BYTEA NOT NULL, value BYTEA NOT NULL, digest BYTEA NOT NULL,
    PRIMARY KEY (kind, key)
);
CREATE TABLE charge (
    id BIGINT PRIMARY KEY,
    session BYTEA NOT NULL, step BIGINT NOT NULL, label TEXT NOT NULL,
    context BYTEA NOT NULL, peer BYTEA NOT NULL, epoch BIGINT NOT NULL, cost BIGINT NOT NULL,
    leak BYTEA NOT NULL, line TEXT, digest BYTEA NOT NULL
);
CREATE TABLE fact (id BYTEA PRIMARY KEY, name TEXT NOT NULL, body BYTEA NOT NULL);
CREATE TABLE receipt (id BYTEA PRIMARY KEY, body BYTEA NOT NULL);
",
    "
-- The same tables, in which cells of further kinds may stand.
",
    "
-- And further ones: receipts are counted for each device.
",
];

/// How often, and how far apart, the lock is asked for: a server takes a moment to notice that the
/// process that held it is gone.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(30);

/// A schema's name stands in statements, so it has no characters that could end it.
pub(super) fn name(name: &str) -> Result<(), StoreError> {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    if starts && name.len() < 64 && name.chars().all(fits) {
        Ok(())
    } else {
        Err(StoreError::Io(format!(
            "`{name}` is no name of a schema: lower-case letters, digits and `_`"
        )))
    }
}

/// A connection that holds the journal's lock; and whether the journal is new.
pub(super) fn connect(
    config: &Config,
    options: &PostgresOptions,
) -> Result<(Client, bool), StoreError> {
    let mut config = config.clone();
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(5));
    }
    let mut client = tls::connect(&config, options.roots.as_deref())?;
    let schema = &options.schema;
    let timeout = options.statement_timeout.as_millis();
    client.batch_execute(&format!(
        "SET synchronous_commit = on; SET client_min_messages = warning;
         SET statement_timeout = {timeout}; SET lock_timeout = {timeout};
         SET idle_in_transaction_session_timeout = {timeout};"
    ))?;
    lock(&mut client, schema)?;
    client.batch_execute(&format!(
        "CREATE SCHEMA IF NOT EXISTS {schema}; SET search_path = {schema};
         CREATE TABLE IF NOT EXISTS migration (version BIGINT PRIMARY KEY);"
    ))?;
    let is_new = migrate(&mut client)?;
    Ok((client, is_new))
}

fn lock(client: &mut Client, schema: &str) -> Result<(), StoreError> {
    let key = blake3::derive_key("aura 2026 postgres lock v1", schema.as_bytes());
    let key = i64::from_le_bytes(key[..8].try_into().expect("eight of 32 bytes"));
    for _ in 0..TRIES {
        let row = client.query_one("SELECT pg_try_advisory_lock($1)", &[&key])?;
        if row.try_get(0)? {
            return Ok(());
        }
        thread::sleep(PAUSE);
    }
    Err(StoreError::Busy(format!(
        "another ledger has the journal in schema `{schema}` open"
    )))
}

fn migrate(client: &mut Client) -> Result<bool, StoreError> {
    let row = client.query_one("SELECT coalesce(max(version), 0) FROM migration", &[])?;
    let version: i64 = row.try_get(0)?;
    let done = usize::try_from(version).unwrap_or(usize::MAX);
    let Some(open) = MIGRATIONS.get(done..) else {
        return Err(StoreError::Corrupt(format!(
            "it is of schema version {version}, and this program knows {}",
            MIGRATIONS.len()
        )));
    };
    if open.is_empty() {
        return Ok(false);
    }
    let mut transaction = client.transaction()?;
    for (number, migration) in (version + 1..).zip(open) {
        transaction.batch_execute(migration)?;
        transaction.execute("INSERT INTO migration VALUES ($1)", &[&number])?;
    }
    if done == 0 {
        let value = encode(&Head::default());
        transaction.execute(
            "INSERT INTO cell VALUES ('head', '', $1, $2)",
            &[&value, &&digest(b"head", &value)[..]],
        )?;
    }
    transaction.commit()?;
    Ok(done == 0)
}
