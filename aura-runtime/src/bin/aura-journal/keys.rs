//! Where the key of a sealed journal comes from.

use std::path::PathBuf;

use aura_runtime::{
    effects::storage::{EnvironmentKey, KeyFile, KeyProvider, Passphrase},
    store::StoreError,
};
use clap::Args;
use zeroize::Zeroizing;

/// At most one of them.
#[derive(Args)]
#[group(multiple = false)]
pub(crate) struct KeyArgs {
    /// A file with the key, readable by its owner alone
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// The environment variable with the key, as 64 hexadecimal digits
    #[arg(long, value_name = "NAME")]
    key_env: Option<String>,
    /// The environment variable with the passphrase
    #[arg(long, value_name = "NAME")]
    passphrase_env: Option<String>,
}

impl KeyArgs {
    pub(crate) fn provider(&self) -> Result<Option<Box<dyn KeyProvider>>, StoreError> {
        if let Some(path) = &self.key_file {
            return Ok(Some(Box::new(KeyFile::new(path))));
        }
        if let Some(name) = &self.key_env {
            return Ok(Some(Box::new(EnvironmentKey::new(name))));
        }
        let Some(name) = &self.passphrase_env else {
            return Ok(None);
        };
        let words = std::env::var(name).map(Zeroizing::new);
        let words =
            words.map_err(|_| StoreError::Key(format!("the environment has no `{name}`")))?;
        let words = Passphrase::new(&words).map_err(|error| StoreError::Key(error.to_string()))?;
        Ok(Some(Box::new(words)))
    }
}
