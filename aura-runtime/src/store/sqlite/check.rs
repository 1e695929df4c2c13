//! Whether a journal file is whole, seen when it is opened.
//!
//! Charges follow from each other, and facts stand for themselves: where there are many, both are read at
//! once, over a connection each. Nobody writes meanwhile.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: this module is where files are read"
)]

use std::{panic::resume_unwind, path::Path, thread};

use super::{SqliteStore, read};
use crate::{
    effects::storage::KeyProvider,
    store::{
        Archive as _, Damage, Head, Key, StoreError, audit,
        audit::{audit_contents, audit_sums},
        seal::{Vault, unlock},
        sheet::Sheet,
    },
};

/// Charges, and facts and receipts, from which on a thread of its own is worth it.
const MANY: u64 = 10_000;

impl SqliteStore {
    /// Takes in the sums of a file that is whole; one part is read after the other, as this connection
    /// sees them.
    pub(super) fn check(&mut self, keys: Option<&dyn KeyProvider>) -> Result<(), StoreError> {
        self.vault = self.take_in(keys)?;
        whole(&audit(self))
    }

    /// The same for a file that nothing is being written to.
    pub(super) fn check_at_once(
        &mut self,
        path: &Path,
        keys: Option<&dyn KeyProvider>,
    ) -> Result<(), StoreError> {
        let head = self.head()?;
        if head.charges.min(head.contents) < MANY {
            return self.check(keys);
        }
        let vault = self.take_in(keys)?;
        let damage = self.audit_at_once(path, &head, vault.as_ref())?;
        self.vault = vault;
        whole(&damage)
    }

    /// The sums, as they are written, and what opens the facts.
    fn take_in(&mut self, keys: Option<&dyn KeyProvider>) -> Result<Option<Vault>, StoreError> {
        let cells = self.cells()?.into_iter();
        self.sheet = Sheet::of(cells.map(|(key, cell, _)| (key, cell)), self.head()?);
        unlock(self.sheet.cell(&Key::Seal), keys)
    }

    fn audit_at_once(
        &mut self,
        path: &Path,
        head: &Head,
        vault: Option<&Vault>,
    ) -> Result<Vec<Damage>, StoreError> {
        let beside = read::connect(path)?;
        Ok(thread::scope(|scope| {
            let contents = scope
                .spawn(move || audit_contents(head, |each| read::contents(&beside, vault, each)));
            let mut damage = audit_sums(head, self);
            let found = contents.join().unwrap_or_else(|panic| resume_unwind(panic));
            damage.extend(found);
            damage
        }))
    }
}

fn whole(damage: &[Damage]) -> Result<(), StoreError> {
    match damage.first() {
        Some(damage) => Err(StoreError::Corrupt(damage.to_string())),
        None => Ok(()),
    }
}
