//! What people read: whether a journal is whole, how much is in it, and what is left to spend.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::Write,
    process::ExitCode,
};

use aura_runtime::{
    budget::{LeakagePolicy, shared::SharedBudget},
    identity::{AuthorityId, ContextId},
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
            Content::Fact(fact) => *names.entry(fact.name().to_owned()).or_insert(0u64) += 1,
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
    let cells = journal.cells()?;
    let mut own = BTreeMap::new();
    let mut device = None;
    let (mut policies, mut defaults) = (BTreeMap::new(), BTreeMap::new());
    for (key, cell, _) in &cells {
        match (key, cell) {
            (Key::Budget(context, peer), Cell::Budget(budget)) => {
                own.insert((*context, *peer), *budget);
            }
            (_, Cell::Device(it)) => device = Some(*it),
            (Key::LeakagePolicy(context, observer), Cell::LeakagePolicy(policy)) => {
                policies.insert((*context, *observer), *policy);
            }
            (Key::LeakageDefault(observer), Cell::LeakageDefault(limit)) => {
                defaults.insert(*observer, *limit);
            }
            _ => {}
        }
    }
    for (key, cell, _) in cells {
        match (key, cell) {
            (Key::Budget(context, peer), Cell::Budget(budget)) => rows.push([
                short(&context.0),
                short(&peer.0),
                budget.epoch.to_string(),
                budget.limit.to_string(),
                budget.spent.to_string(),
                budget.headroom().to_string(),
            ]),
            (Key::Shared(context, peer), Cell::Shared(budget)) => {
                let own = own.get(&(context, peer));
                let own = own.filter(|own| own.epoch == budget.epoch());
                let budget = match (device, own) {
                    (Some(device), Some(own)) => budget.knowing(device, own.spent),
                    _ => budget,
                };
                rows.extend(shared(&context, &peer, &budget));
            }
            (Key::Leakage(context, at), Cell::Leakage(allowance)) => {
                let explicit = LeakagePolicy::Explicit(allowance.limit);
                let policy = policies.get(&(context, at)).copied().unwrap_or(explicit);
                let limit = policy.limit(defaults.get(&at).copied().unwrap_or(0));
                let observer = Observer::ALL.get(usize::from(at));
                rows.push([
                    short(&context.0),
                    observer.map_or(String::new(), |observer| format!("{observer} observers")),
                    String::new(),
                    match policy {
                        LeakagePolicy::Explicit(_) => limit.to_string(),
                        LeakagePolicy::Inherited => format!("default {limit}"),
                        LeakagePolicy::Deny => "deny".to_owned(),
                    },
                    allowance.spent.to_string(),
                    limit.saturating_sub(allowance.spent).to_string(),
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

/// A budget of several devices in all, and what each of them was allotted, has spent and holds.
fn shared(
    context: &ContextId,
    peer: &AuthorityId,
    budget: &SharedBudget,
) -> impl Iterator<Item = [String; 6]> {
    let whole = [
        short(&context.0),
        format!("{} (shared)", short(&peer.0)),
        budget.epoch().to_string(),
        budget.limit().to_string(),
        budget.spent().to_string(),
        budget.limit().saturating_sub(budget.spent()).to_string(),
    ];
    let devices = budget.devices().map(|device| {
        [
            String::new(),
            format!("  device {}", short(&device.0)),
            String::new(),
            budget.allotted(device).to_string(),
            budget.spent_by(device).to_string(),
            budget.headroom(device).to_string(),
        ]
    });
    std::iter::once(whole).chain(devices.collect::<Vec<_>>())
}

fn short(id: &[u8; 32]) -> String {
    hex(&id[..8])
}
