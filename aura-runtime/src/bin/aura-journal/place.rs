//! Where a journal is, and how it is opened: for reading as it is, damage and all, or for writing.

use std::path::{Path, PathBuf};

use aura_runtime::{
    effects::storage::KeyProvider,
    store::{
        Archive, PostgresOptions, PostgresStore, Rewrite, SqliteReader, SqliteStore, StoreError,
    },
};

use crate::keys::KeyArgs;

pub(crate) struct Place {
    kind: Kind,
    keys: Option<Box<dyn KeyProvider>>,
}

enum Kind {
    File(PathBuf),
    Server(String, PostgresOptions),
}

impl Place {
    pub(crate) fn of(
        journal: &str,
        schema: &str,
        roots: Option<&Path>,
        keys: &KeyArgs,
    ) -> Result<Self, StoreError> {
        let is_server = journal.starts_with("postgres://") || journal.starts_with("postgresql://");
        let kind = if is_server {
            let options = PostgresOptions {
                schema: schema.to_owned(),
                roots: roots.map(Path::to_owned),
                ..PostgresOptions::default()
            };
            Kind::Server(journal.to_owned(), options)
        } else {
            Kind::File(PathBuf::from(journal))
        };
        let keys = keys.provider()?;
        Ok(Self { kind, keys })
    }

    /// The journal as it is.
    pub(crate) fn read(&self) -> Result<Box<dyn Archive>, StoreError> {
        let keys = self.keys.as_deref();
        match &self.kind {
            Kind::File(path) if !path.is_file() => Err(StoreError::Io(format!(
                "there is no journal at {}",
                path.display()
            ))),
            Kind::File(path) => Ok(Box::new(SqliteReader::open_with(path, keys)?)),
            Kind::Server(url, options) => {
                let store = PostgresStore::inspect(url, options.clone(), keys)?;
                Ok(Box::new(store))
            }
        }
    }

    /// The journal for changes; one that is damaged or in use is refused. Made where there is none.
    pub(crate) fn write(&self) -> Result<Box<dyn Rewrite>, StoreError> {
        match (&self.kind, self.keys.as_deref()) {
            (Kind::File(path), None) => Ok(Box::new(SqliteStore::open(path)?)),
            (Kind::File(path), Some(keys)) => Ok(Box::new(SqliteStore::open_sealed(path, keys)?)),
            (Kind::Server(url, options), None) => {
                Ok(Box::new(PostgresStore::open(url, options.clone())?))
            }
            (Kind::Server(url, options), Some(keys)) => {
                let store = PostgresStore::open_sealed(url, options.clone(), keys)?;
                Ok(Box::new(store))
            }
        }
    }

    /// Whether there is a journal already.
    pub(crate) fn is_there(&self) -> bool {
        match &self.kind {
            Kind::File(path) => path.is_file(),
            Kind::Server(..) => true,
        }
    }
}
