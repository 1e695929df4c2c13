//! Making a journal smaller, without the program that it belongs to.
//!
//! What facts amount to is said by a program's reducers, and this is not that program: it can reduce no
//! facts. So it lets go of what nothing is lost by, and of what somebody names. Chains of receipts of an
//! epoch that is over are evidence and no more: receipts of that epoch are refused whatever they are, and
//! the nonces that were used stay. Facts of a session that is named are forgotten, with nothing in their
//! place but a cut, so that they do not come back. They are refused where a journal that they belong to
//! has been compacted by its program: the state that stands there would lack them for good. What goes is
//! printed first. Budgets, leakage and charges stay: a journal is audited by all of its charges.

use std::{collections::BTreeMap, io::Write};

use aura_runtime::{
    fact::FactId,
    identity::ContextId,
    journal::{Cut, Namespace},
    lattice::Join as _,
    receipt::ReceiptId,
    store::{Cell, Compacted, Content, Key, Rewrite, Rows, StoreError},
};
use clap::Args;

use crate::{
    Failure,
    json::{content, hex, line},
    place::Place,
};

/// At least one of them.
#[derive(Args)]
#[group(required = true, multiple = true)]
pub(crate) struct What {
    /// Facts of this session, as 32 hexadecimal digits, for good
    #[arg(long = "session", value_name = "HEX")]
    sessions: Vec<String>,
    /// Chains of receipts whose epoch is over
    #[arg(long)]
    receipts: bool,
}

/// What the cells say.
#[derive(Default)]
struct Known {
    epochs: BTreeMap<ContextId, u64>,
    cuts: BTreeMap<Namespace, Compacted>,
}

/// Prints what is named, and lets go of it.
pub(crate) fn compact(place: &Place, what: &What, out: &mut dyn Write) -> Result<(), Failure> {
    if !place.is_there() {
        return Err(StoreError::Io("there is no journal".to_owned()).into());
    }
    let mut journal = place.write()?;
    let known = known(&mut *journal)?;
    let (mut rows, mut cuts) = (Rows::default(), BTreeMap::<Namespace, Cut>::new());
    let mut printed = Vec::new();
    journal.contents(&mut |id, found| {
        match &found {
            Content::Fact(written) => {
                let fact = written.fact();
                if !what.sessions.contains(&hex(&fact.session.0)) {
                    return Ok(());
                }
                rows.gone.push(FactId(id));
                for namespace in Namespace::of(&fact) {
                    let cut = cuts.entry(namespace).or_default();
                    cut.join(&Cut::covering([&fact]));
                }
            }
            Content::Receipts(chain) if what.receipts => {
                let Some(last) = chain.receipts().last() else {
                    return Ok(());
                };
                let last = last.receipt();
                let epoch = known.epochs.get(&last.context);
                if epoch.is_none_or(|epoch| last.epoch >= *epoch) {
                    return Ok(());
                }
                rows.spent.push(ReceiptId(id));
            }
            _ => return Ok(()),
        }
        printed.push(content(&id, &found));
        Ok(())
    })?;
    rows.cells = joined(cuts, known.cuts)?;
    for row in &printed {
        line(out, row)?;
    }
    out.flush()?;
    let (facts, chains) = (rows.gone.len(), rows.spent.len());
    journal.rewrite(rows)?;
    eprintln!(
        "forgot {facts} facts and {chains} chains of receipts, for good: what is printed here is kept \
         nowhere else"
    );
    Ok(())
}

fn known(journal: &mut dyn Rewrite) -> Result<Known, StoreError> {
    let mut known = Known::default();
    for (key, cell, _) in journal.cells()? {
        match (key, cell) {
            (Key::Epoch(context), Cell::Epoch(epoch)) => {
                known.epochs.insert(context, epoch);
            }
            (Key::Cut(namespace), Cell::Cut(compacted)) => {
                known.cuts.insert(namespace, compacted);
            }
            _ => {}
        }
    }
    Ok(known)
}

/// The cuts as they are afterwards; refused where a state stands beside one that grows.
fn joined(
    cuts: BTreeMap<Namespace, Cut>,
    mut known: BTreeMap<Namespace, Compacted>,
) -> Result<Vec<(Key, Cell)>, StoreError> {
    let mut cells = Vec::new();
    for (namespace, cut) in cuts {
        let mut compacted = known.remove(&namespace).unwrap_or_default();
        if compacted.state.is_some() {
            let whose = match namespace {
                Namespace::Context(context) => format!("context {}", hex(&context.0)),
                Namespace::Authority(author) => format!("author {}", hex(&author.0)),
            };
            return Err(StoreError::Io(format!(
                "the journal of {whose} was compacted by its program, and these facts are not in the \
                 state that it keeps; let the program compact them"
            )));
        }
        compacted.cut.join(&cut);
        cells.push((Key::Cut(namespace), Cell::Cut(compacted)));
    }
    Ok(cells)
}
