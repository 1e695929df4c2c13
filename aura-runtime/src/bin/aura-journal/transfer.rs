//! Moving a journal.

use std::io::IsTerminal as _;

use aura_runtime::{
    fact::FactId,
    receipt::ReceiptId,
    store::{Content, Key, Rewrite, Rows, StoreError, audit},
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::{Failure, place::Place};

/// Rows that are written as one transaction.
const BATCH: usize = 5_000;

/// Copies a whole journal into an empty one. What cannot be completed is told, and is not a journal
/// that a ledger would start from by mistake: sums come last.
pub(crate) fn copy(from: &Place, to: &Place) -> Result<(), Failure> {
    let mut source = from.read()?;
    if let Some(damage) = audit(&mut *source).first() {
        return Err(StoreError::Corrupt(damage.to_string()).into());
    }
    let head = source.head()?;
    let mut target = to.write()?;
    let found = target.head()?;
    if found.charges + found.contents > 0 {
        return Err(StoreError::Busy("the target is not empty".to_owned()).into());
    }
    let bar = bar(head.charges + head.contents + head.cells);
    let mut open = Open {
        target: &mut *target,
        rows: Rows::default(),
        bar: &bar,
    };
    source.charges(&mut |charge, _| {
        open.rows.charges.push(charge);
        open.flush_when_full()
    })?;
    source.contents(&mut |id, content| {
        match content {
            Content::Fact(fact) => open.rows.facts.push((FactId(id), fact.fact())),
            Content::Receipts(chain) => open.rows.receipts.push((ReceiptId(id), chain)),
            Content::Sealed => {
                return Err(StoreError::Key(
                    "the facts are sealed, and no key was given".to_owned(),
                ));
            }
        }
        open.flush_when_full()
    })?;
    let cells = source.cells()?.into_iter();
    open.rows.cells = cells
        .map(|(key, cell, _)| (key, cell))
        .filter(|(key, _)| *key != Key::Seal)
        .collect();
    open.flush()?;
    bar.finish_and_clear();
    if let Some(damage) = audit(&mut *target).first() {
        return Err(StoreError::Corrupt(damage.to_string()).into());
    }
    eprintln!(
        "copied {} charges, {} facts and receipts, {} cells",
        head.charges, head.contents, head.cells
    );
    Ok(())
}

struct Open<'a> {
    target: &'a mut dyn Rewrite,
    rows: Rows,
    bar: &'a ProgressBar,
}

impl Open<'_> {
    fn len(&self) -> usize {
        let rows = &self.rows;
        rows.charges.len() + rows.facts.len() + rows.receipts.len() + rows.cells.len()
    }

    fn flush_when_full(&mut self) -> Result<(), StoreError> {
        if self.len() < BATCH {
            return Ok(());
        }
        self.flush()
    }

    fn flush(&mut self) -> Result<(), StoreError> {
        let len = self.len() as u64;
        self.target.rewrite(std::mem::take(&mut self.rows))?;
        self.bar.inc(len);
        Ok(())
    }
}

/// A bar where somebody looks.
fn bar(len: u64) -> ProgressBar {
    let bar = ProgressBar::new(len);
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} rows, {eta} left");
    style.map_or(bar.clone(), |style| bar.clone().with_style(style))
}
