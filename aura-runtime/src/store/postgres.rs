//! A store in `PostgreSQL`, for servers: a batch is one transaction, with `synchronous_commit = on`.
//!
//! One ledger at a time: an advisory lock is held as long as the session lasts, and a batch is written
//! only if the head is still the one that this store wrote. When the connection breaks, the store
//! connects again and asks the head whether the batch that was under way is there: it is neither lost
//! nor written twice. If the server stays away longer than the patience of [`PostgresOptions`], the
//! batch is refused, and later ones ask again; where it went away in the middle of a commit, nobody can
//! say whether that was written, and the store stops. Every statement has a timeout. The way to the server
//! is under TLS where the options name whom to trust.

mod archive;
mod read;
mod schema;
mod tls;
mod write;

use std::{
    fmt,
    path::PathBuf,
    thread,
    time::{Duration, Instant},
};

use postgres::{Client, Config, error::SqlState};

use super::{
    Archive as _, Content, Head, Holdings, Key, Record, Rewrite, Rows, Store, StoreError, audit,
    seal::{Vault, unlock},
    sheet::{Draft, Sheet},
};
use crate::{
    effects::storage::KeyProvider,
    fact::{FactId, WrittenFact},
};

/// How a journal is reached.
#[derive(Clone, Debug)]
pub struct PostgresOptions {
    /// The schema that the journal's tables are in: lower-case letters, digits and `_`.
    pub schema: String,
    /// How long one statement may take.
    pub statement_timeout: Duration,
    /// How long a batch may wait for a server that is away.
    pub patience: Duration,
    /// A file in PEM with the certificates of which one must have signed the server's. Where it is given,
    /// every connection is under TLS 1.3, and the server's certificate must be for the host of the
    /// address; where it is not, connections are in the clear: for a socket of the machine, or a tunnel.
    pub roots: Option<PathBuf>,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self {
            schema: "aura".to_owned(),
            statement_timeout: Duration::from_secs(10),
            patience: Duration::from_secs(30),
            roots: None,
        }
    }
}

/// A journal in `PostgreSQL`.
pub struct PostgresStore {
    config: Config,
    options: PostgresOptions,
    client: Option<Client>,
    sheet: Sheet,
    vault: Option<Vault>,
    /// The head that an attempt has written, if it was written at all.
    unsure: Option<Head>,
    stopped: Option<StoreError>,
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("schema", &self.options.schema)
            .finish_non_exhaustive()
    }
}

/// How one attempt ended.
enum Attempt {
    Done,
    /// The server said no, and nothing was written.
    Refused(StoreError),
    /// The connection broke; the batch is there or not.
    Lost(String),
}

impl From<postgres::Error> for StoreError {
    fn from(error: postgres::Error) -> Self {
        let db = error.as_db_error();
        let db = db.map(|db| format!("{} ({})", db.message(), db.code().code()));
        let text = db.unwrap_or_else(|| with_causes(&error));
        let io = |source: &(dyn std::error::Error + 'static)| source.is::<std::io::Error>();
        let is_lost = error.is_closed() || std::error::Error::source(&error).is_some_and(io);
        match error.code() {
            None if is_lost => Self::Broken(text),
            Some(
                &(SqlState::ADMIN_SHUTDOWN
                | SqlState::CRASH_SHUTDOWN
                | SqlState::CANNOT_CONNECT_NOW
                | SqlState::TOO_MANY_CONNECTIONS),
            ) => Self::Broken(text),
            Some(&SqlState::DISK_FULL) => Self::Full(text),
            // What is no error of the server's is a value that is not what the schema says.
            None | Some(&(SqlState::DATA_CORRUPTED | SqlState::INDEX_CORRUPTED)) => {
                Self::Corrupt(text)
            }
            _ => Self::Io(text),
        }
    }
}

impl PostgresStore {
    /// Opens the journal that `url` leads to, and makes its tables where there are none. Fails where it
    /// is damaged, or somebody else has it open.
    pub fn open(url: &str, options: PostgresOptions) -> Result<Self, StoreError> {
        Self::open_with(url, options, None)
    }

    /// Opens a journal whose facts are sealed with a key, and makes it where there is none.
    pub fn open_sealed(
        url: &str,
        options: PostgresOptions,
        keys: &dyn KeyProvider,
    ) -> Result<Self, StoreError> {
        Self::open_with(url, options, Some(keys))
    }

    /// Opens a journal as it is, damage and all, to look into it.
    pub fn inspect(
        url: &str,
        options: PostgresOptions,
        keys: Option<&dyn KeyProvider>,
    ) -> Result<Self, StoreError> {
        let mut store = Self::reached(url, options)?.0;
        let cells = store.cells().unwrap_or_default();
        let seal = cells.into_iter().find(|(key, ..)| *key == Key::Seal);
        let seal = seal.map(|(key, cell, _)| (key, cell));
        if let (Some((_, cell)), Some(keys)) = (&seal, keys) {
            store.vault = unlock(Some(cell), Some(keys))?;
        }
        store.sheet = Sheet::of(seal, Head::default());
        store.stopped = Some(StoreError::Closed);
        Ok(store)
    }

    fn open_with(
        url: &str,
        options: PostgresOptions,
        keys: Option<&dyn KeyProvider>,
    ) -> Result<Self, StoreError> {
        let (mut store, is_new) = Self::reached(url, options)?;
        store.start(keys, is_new).map_err(|error| match error {
            StoreError::Broken(cause) => StoreError::Io(cause),
            other => other,
        })?;
        Ok(store)
    }

    /// A store with a connection, and whether its tables are new.
    fn reached(url: &str, options: PostgresOptions) -> Result<(Self, bool), StoreError> {
        let config: Config = url.parse().map_err(|error: postgres::Error| {
            // The text may hold a password, so it is not repeated.
            StoreError::Io(format!(
                "the address of the database cannot be read: {error}"
            ))
        })?;
        schema::name(&options.schema)?;
        let mut store = Self {
            config,
            options,
            client: None,
            sheet: Sheet::default(),
            vault: None,
            unsure: None,
            stopped: None,
        };
        let is_new = store.reach().map_err(|error| match error {
            StoreError::Broken(cause) => StoreError::Io(cause),
            other => other,
        })?;
        Ok((store, is_new))
    }

    fn start(&mut self, keys: Option<&dyn KeyProvider>, is_new: bool) -> Result<(), StoreError> {
        self.sheet = self.read_sheet()?;
        let cell = self.sheet.cell(&Key::Seal).cloned();
        match keys {
            Some(keys) if is_new => {
                let (vault, cell) = Vault::make(keys)?;
                self.rewrite(Rows {
                    cells: vec![(Key::Seal, cell)],
                    ..Rows::default()
                })?;
                self.vault = Some(vault);
            }
            _ => self.vault = unlock(cell.as_ref(), keys)?,
        }
        match audit(self).first() {
            Some(damage) => Err(StoreError::Corrupt(damage.to_string())),
            None => Ok(()),
        }
    }

    /// Connects, takes the lock and sees that the tables are there; whether they are new.
    fn reach(&mut self) -> Result<bool, StoreError> {
        drop_outside(self.client.take());
        let (config, options) = (&self.config, &self.options);
        let (client, is_new) = outside(|| schema::connect(config, options))?;
        self.client = Some(client);
        Ok(is_new)
    }

    fn read_sheet(&mut self) -> Result<Sheet, StoreError> {
        let head = self.head()?;
        let cells = self.cells()?;
        let cells = cells.into_iter().map(|(key, cell, _)| (key, cell));
        Ok(Sheet::of(cells, head))
    }

    /// Writes a draft, through as many connections as it takes.
    fn write(&mut self, draft: Draft) -> Result<(), StoreError> {
        let deadline = Instant::now() + self.options.patience;
        let mut pause = Duration::from_millis(20);
        let mut lost = None;
        let outcome = loop {
            match self.attempt(&draft) {
                Attempt::Done => break Ok(()),
                Attempt::Refused(error) => break Err(error),
                Attempt::Lost(cause) => {
                    if Instant::now() + pause > deadline {
                        let cause = format!("the database is away: {cause}");
                        break Err(match self.unsure {
                            Some(_) => StoreError::Broken(cause),
                            None => StoreError::Io(cause),
                        });
                    }
                    lost = Some(cause);
                    thread::sleep(pause);
                    pause = (pause * 2).min(Duration::from_secs(1));
                }
            }
        };
        if let Some(cause) = lost {
            tracing::warn!(
                cause,
                back = outcome.is_ok(),
                "the connection to the database broke"
            );
        }
        if let Err(error) = &outcome {
            self.sheet.revert(draft);
            if !error.may_pass() {
                self.stopped = Some(error.clone());
            }
        }
        outcome
    }

    fn attempt(&mut self, draft: &Draft) -> Attempt {
        if self.client.as_ref().is_none_or(Client::is_closed) {
            match self.reach().and_then(|_| self.head()) {
                Ok(head) if head == draft.before => self.unsure = None,
                Ok(head) if Some(head) == self.unsure => {
                    // It was written before the connection broke.
                    (self.sheet.head, self.unsure) = (head, None);
                    return Attempt::Done;
                }
                Ok(_) => {
                    return Attempt::Refused(StoreError::Busy(
                        "somebody else has written to it".to_owned(),
                    ));
                }
                Err(StoreError::Broken(cause) | StoreError::Busy(cause)) => {
                    drop_outside(self.client.take());
                    return Attempt::Lost(cause);
                }
                Err(error) => return Attempt::Refused(error),
            }
        }
        let Self {
            client,
            sheet,
            vault,
            unsure,
            ..
        } = self;
        let Some(client) = client else {
            return Attempt::Lost("there is no connection".to_owned());
        };
        let written = outside(|| write::draft(client, vault.as_ref(), sheet, draft, unsure));
        match written {
            Ok(()) => {
                *unsure = None;
                Attempt::Done
            }
            Err(StoreError::Broken(cause)) => {
                drop_outside(self.client.take());
                Attempt::Lost(cause)
            }
            Err(error) => {
                *unsure = None;
                Attempt::Refused(error)
            }
        }
    }

    fn usable(&self) -> Result<(), StoreError> {
        self.stopped.clone().map_or(Ok(()), Err)
    }
}

impl Store for PostgresStore {
    fn load(&mut self) -> Result<Holdings, StoreError> {
        Ok(self.sheet.holdings())
    }

    fn commit(&mut self, batch: &[Record]) -> Result<(), StoreError> {
        self.usable()?;
        let draft = self.sheet.draft(batch)?;
        self.write(draft)
    }

    fn facts(&mut self, each: &mut dyn FnMut(FactId, WrittenFact<'_>)) -> Result<(), StoreError> {
        if self.client.as_ref().is_none_or(Client::is_closed) {
            self.reach()?;
        }
        self.each_content(read::Table::Fact, &mut |id, content| {
            if let Content::Fact(fact) = content {
                each(FactId(id), fact);
            }
            Ok(())
        })
    }
}

impl Rewrite for PostgresStore {
    fn rewrite(&mut self, rows: Rows) -> Result<(), StoreError> {
        self.usable()?;
        let draft = self.sheet.draft_rows(rows);
        self.write(draft)
    }
}

impl Drop for PostgresStore {
    fn drop(&mut self) {
        drop_outside(self.client.take());
    }
}

/// What an error says, and why, down to the first cause.
fn with_causes(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |cause| cause.source());
    causes.fold(error.to_string(), |text, cause| format!("{text}: {cause}"))
}

/// The client blocks on a runtime of its own, which a thread that is inside another one must not do;
/// a ledger may be opened from anywhere.
fn outside<T: Send>(with: impl FnOnce() -> Result<T, StoreError> + Send) -> Result<T, StoreError> {
    let ended = thread::scope(|scope| scope.spawn(with).join());
    ended.unwrap_or_else(|_| Err(StoreError::Io("the database client has failed".to_owned())))
}

fn drop_outside(client: Option<Client>) {
    if let Some(client) = client {
        thread::scope(|scope| drop(scope.spawn(move || drop(client)).join()));
    }
}
