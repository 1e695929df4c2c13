//! The journal in `PostgreSQL` as an archive: read from the server, a page at a time.

use postgres::Client;

use super::{PostgresStore, outside, read};
use crate::store::{Archive, Cell, Content, Digest, Head, Key, StoreError, StoredCharge};

impl Archive for PostgresStore {
    fn head(&mut self) -> Result<Head, StoreError> {
        self.read(read::head)
    }

    fn cells(&mut self) -> Result<Vec<(Key, Cell, Digest)>, StoreError> {
        self.read(read::cells)
    }

    fn charges(
        &mut self,
        each: &mut dyn FnMut(StoredCharge, Digest) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let mut after = 0;
        loop {
            let page = self.read(|client| read::charges(client, after))?;
            let Some((last, ..)) = page.last() else {
                return Ok(());
            };
            after = *last;
            for (_, charge, digest) in page {
                each(charge, digest)?;
            }
        }
    }

    fn contents(
        &mut self,
        each: &mut dyn FnMut(Digest, Content<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        self.each_content(read::Table::Fact, each)?;
        self.each_content(read::Table::Receipt, each)
    }
}

impl PostgresStore {
    pub(super) fn each_content(
        &mut self,
        table: read::Table,
        each: &mut dyn FnMut(Digest, Content<'_>) -> Result<(), StoreError>,
    ) -> Result<(), StoreError> {
        let is_sealed = self.sheet.cell(&Key::Seal).is_some();
        let mut after = Vec::new();
        loop {
            let client = self.client.as_mut().ok_or(StoreError::Closed)?;
            let vault = self.vault.as_ref();
            let page = outside(|| read::contents(client, table, &after, is_sealed, vault))?;
            let Some((last, _)) = page.last() else {
                return Ok(());
            };
            after = last.to_vec();
            for (id, content) in page {
                each(id, content)?;
            }
        }
    }

    fn read<T: Send>(
        &mut self,
        with: impl FnOnce(&mut Client) -> Result<T, StoreError> + Send,
    ) -> Result<T, StoreError> {
        let client = self.client.as_mut().ok_or(StoreError::Closed)?;
        outside(|| with(client))
    }
}
