//! What people read: whether a journal is whole, how much is in it, and what is left to spend.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    process::ExitCode,
};

use aura_runtime::{
    machine::Observer,
    store::{Archive, Cell, Content, Key, audit},
};

use crate::{Failure, json::hex};

pub(crate) fn verify(journal: &mut dyn Archive, out: &mut dyn Write) -> Result<ExitCode, Failure> {
    let damage = audit(journal);
    for found in &damage {
        writeln!(out, "damaged: {found}")?;
    }
    if !damage.is_empty() {
        out.flush()?;
        return Ok(ExitCode::from(1));
    }
    let head = journal.head()?;
    writeln!(
        out,
        "whole: {} charges in {} batches, {} facts and receipts, {} cells",
        head.charges, head.batches, head.contents, head.cells
    )?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn stats(journal: &mut dyn Archive, out: &mut dyn Write) -> Result<(), Failure> {
    let head = journal.head()?;
    let (mut cost, mut sessions) = (0u64, BTreeSet::new());
    let mut labels: BTreeMap<String, u64> = BTreeMap::new();
    journal.charges(&mut |charge, _| {
        cost = cost.saturating_add(charge.cost);
        sessions.insert(charge.session);
        *labels.entry(charge.label).or_default() += 1;
        Ok(())
    })?;
    let (mut names, mut receipts, mut sealed) = (BTreeMap::new(), 0u64, 0u64);
    journal.contents(&mut |_, content| {
        match content {
            Content::Fact(fact) => *names.entry(fact.name.into_owned()).or_insert(0u64) += 1,
            Content::Receipts(_) => receipts += 1,
            Content::Sealed => sealed += 1,
        }
        Ok(())
    })?;
    let facts = names.values().sum::<u64>() + sealed;
    writeln!(out, "batches   {}", head.batches)?;
    writeln!(out, "charges   {}, {cost} in all", head.charges)?;
    writeln!(out, "sessions  {}", sessions.len())?;
    for (label, count) in &labels {
        writeln!(out, "  {label}  {count}")?;
    }
    writeln!(out, "facts     {facts}")?;
    for (name, count) in &names {
        writeln!(out, "  {name}  {count}")?;
    }
    if sealed > 0 {
        writeln!(out, "  sealed  {sealed}")?;
    }
    writeln!(out, "receipts  {receipts}")?;
    Ok(())
}

pub(crate) fn budgets(journal: &mut dyn Archive, out: &mut dyn Write) -> Result<(), Failure> {
    let mut rows =
        vec![["context", "towards", "epoch", "limit", "spent", "left"].map(String::from)];
    for (key, cell, _) in journal.cells()? {
        match (key, cell) {
            (Key::Budget(context, peer), Cell::Budget(budget)) => rows.push([
                short(&context.0),
                short(&peer.0),
                budget.epoch.to_string(),
                budget.limit.to_string(),
                budget.spent.to_string(),
                budget.headroom().to_string(),
            ]),
            (Key::Shared(context, peer), Cell::Shared(budget)) => rows.push([
                short(&context.0),
                format!("{} (shared)", short(&peer.0)),
                budget.epoch().to_string(),
                budget.limit().to_string(),
                budget.spent().to_string(),
                budget.limit().saturating_sub(budget.spent()).to_string(),
            ]),
            (Key::Leakage(context, observer), Cell::Leakage(allowance)) => {
                let observer = Observer::ALL.get(usize::from(observer));
                rows.push([
                    short(&context.0),
                    observer.map_or(String::new(), |observer| format!("{observer} observers")),
                    String::new(),
                    allowance.limit.to_string(),
                    allowance.spent.to_string(),
                    allowance.headroom().to_string(),
                ]);
            }
            _ => {}
        }
    }
    let width = |at: usize| rows.iter().map(|row| row[at].len()).max().unwrap_or(0);
    let widths: [usize; 6] = std::array::from_fn(width);
    for row in &rows {
        let [w0, w1, w2, w3, w4, w5] = widths;
        let [context, towards, epoch, limit, spent, left] = row;
        writeln!(
            out,
            "{context:w0$}  {towards:w1$}  {epoch:>w2$}  {limit:>w3$}  {spent:>w4$}  {left:>w5$}"
        )?;
    }
    Ok(())
}

fn short(id: &[u8; 32]) -> String {
    hex(&id[..8])
}
