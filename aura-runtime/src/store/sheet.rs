//! The sums of a store in memory, and what a batch changes of them.
//!
//! In: records. Out: a [`Draft`], the rows that a store writes in one transaction. A store that could
//! not write it [takes it back](Sheet::revert), and the sheet is as before. All stores keep their sums
//! here, so that they cannot add up differently.

mod sums;

use std::collections::BTreeMap;

use super::{
    Holdings, Record, Rows, SentRecord, StoreError,
    rows::{Cell, Compacted, Digest, Head, Key, StoredCharge, digest, encode},
};
use crate::{
    budget::LeakagePolicy,
    fact::{Fact, FactId},
    identity::DeviceId,
    journal::Namespace,
    lattice::Join as _,
    machine::Observer,
    receipt::{Chain, Mark, ReceiptId},
};

#[derive(Debug, Default)]
pub(super) struct Sheet {
    cells: BTreeMap<Key, (Cell, Digest)>,
    pub(super) head: Head,
}

/// What a batch adds.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// The cells that it touches, as they were.
    cells: BTreeMap<Key, Option<(Cell, Digest)>>,
    /// The head, as it was.
    pub(super) before: Head,
    pub(super) charges: Vec<(StoredCharge, Digest)>,
    pub(super) facts: Vec<(FactId, Fact)>,
    pub(super) receipts: Vec<(ReceiptId, Chain)>,
    /// Facts that are removed once the others are written.
    pub(super) gone: Vec<FactId>,
    /// Chains of receipts that are removed.
    pub(super) spent: Vec<ReceiptId>,
}

/// A cell as it is written.
pub(super) struct CellRow {
    pub(super) kind: &'static str,
    pub(super) key: Vec<u8>,
    pub(super) value: Vec<u8>,
    pub(super) digest: Digest,
}

impl Sheet {
    pub(super) fn of(cells: impl IntoIterator<Item = (Key, Cell)>, head: Head) -> Self {
        let cells = cells.into_iter().map(|(key, cell)| {
            let digest = digest(&encode(&key), &encode(&cell));
            (key, (cell, digest))
        });
        Self {
            cells: cells.collect(),
            head,
        }
    }

    pub(super) fn cell(&self, key: &Key) -> Option<&Cell> {
        self.cells.get(key).map(|(cell, _)| cell)
    }

    pub(super) fn cells(&self) -> impl Iterator<Item = (&Key, &Cell)> {
        self.cells.iter().map(|(key, (cell, _))| (key, cell))
    }

    /// Takes the records in.
    pub(super) fn draft(&mut self, batch: &[Record]) -> Result<Draft, StoreError> {
        let mut draft = self.begin();
        for record in batch {
            if let Err(error) = self.take(record, &mut draft) {
                self.revert(draft);
                return Err(error);
            }
        }
        self.settle(&draft);
        Ok(draft)
    }

    /// Takes rows in as they are.
    pub(super) fn draft_rows(&mut self, rows: Rows) -> Draft {
        let mut draft = self.begin();
        for (key, cell) in rows.cells {
            self.put(key, cell, &mut draft);
        }
        for charge in rows.charges {
            self.append(charge, &mut draft);
        }
        draft.facts = rows.facts;
        draft.receipts = rows.receipts;
        draft.gone = rows.gone;
        draft.spent = rows.spent;
        self.settle(&draft);
        draft
    }

    fn begin(&mut self) -> Draft {
        let before = self.head;
        self.head.batches += 1;
        Draft {
            before,
            ..Draft::default()
        }
    }

    /// The sheet as it was before the draft.
    pub(super) fn revert(&mut self, draft: Draft) {
        self.head = draft.before;
        for (key, before) in draft.cells {
            match before {
                Some(cell) => drop(self.cells.insert(key, cell)),
                None => drop(self.cells.remove(&key)),
            }
        }
    }

    /// The cells that a draft has touched, as they are now.
    pub(super) fn touched(&self, draft: &Draft) -> Vec<CellRow> {
        let rows = draft.cells.keys().filter_map(|key| {
            let (cell, digest) = self.cells.get(key)?;
            Some(CellRow {
                kind: key.kind(),
                key: encode(key),
                value: encode(cell),
                digest: *digest,
            })
        });
        rows.collect()
    }

    /// Puts a cell in place, outside of any record.
    fn put(&mut self, key: Key, cell: Cell, draft: &mut Draft) {
        let before = self.cells.insert(key.clone(), (cell, [0; 32]));
        draft.cells.entry(key).or_insert(before);
    }

    /// Digests of what has changed, once for each cell however often it did.
    fn settle(&mut self, draft: &Draft) {
        for (key, before) in &draft.cells {
            if let Some((cell, known)) = self.cells.get_mut(key) {
                *known = digest(&encode(key), &encode(cell));
                let before = before.as_ref().map(|(_, digest)| digest);
                self.head.put(before, known);
            }
        }
    }

    fn take(&mut self, record: &Record, draft: &mut Draft) -> Result<(), StoreError> {
        match record {
            Record::Budget { .. }
            | Record::Leakage { .. }
            | Record::LeakageDefault { .. }
            | Record::Send(_)
            | Record::Broadcast(_)
            | Record::Shared { .. }
            | Record::Transfer { .. } => self.add_up(record, draft)?,
            Record::All(records) => {
                for record in records {
                    self.take(record, draft)?;
                }
            }
            Record::Facts(facts) => self.keep(facts, draft),
            Record::Issued {
                context,
                epoch,
                nonce,
            } => {
                let (epoch, nonce) = match self.cell(&Key::Issued(*context)) {
                    Some(Cell::Issued {
                        epoch: known,
                        nonce: last,
                    }) => (*known, *last).max((*epoch, *nonce)),
                    _ => (*epoch, *nonce),
                };
                let cell = Cell::Issued { epoch, nonce };
                self.put(Key::Issued(*context), cell, draft);
            }
            Record::Accepted { marks, chain } => {
                for mark in marks {
                    let cell = Cell::Accepted {
                        epoch: mark.epoch,
                        window: mark.window,
                    };
                    let key = match mark.device {
                        DeviceId::ONLY => Key::Accepted(mark.context, mark.source),
                        device => Key::AcceptedOf(mark.context, mark.source, device),
                    };
                    self.put(key, cell, draft);
                }
                if let Some(last) = chain.receipts().last() {
                    draft.receipts.push((last.receipt().id(), chain.clone()));
                }
            }
            Record::Device(device) => self.put(Key::Device, Cell::Device(*device), draft),
            Record::Epoch { context, epoch } => {
                let key = Key::Epoch(*context);
                let known = match self.cell(&key) {
                    Some(Cell::Epoch(known)) => *known,
                    _ => 0,
                };
                self.put(key, Cell::Epoch(known.max(*epoch)), draft);
            }
            Record::Revoked(id) => self.put(Key::Revoked(id.clone()), Cell::Revoked, draft),
            Record::Cut {
                namespace,
                compacted,
                gone,
            } => {
                let key = Key::Cut(*namespace);
                let mut known = match self.cell(&key) {
                    Some(Cell::Cut(known)) => known.clone(),
                    _ => Compacted::default(),
                };
                known.cut.join(&compacted.cut);
                if compacted.state.is_some() {
                    known.state.clone_from(&compacted.state);
                }
                self.put(key, Cell::Cut(known), draft);
                draft.gone.extend(gone);
            }
        }
        Ok(())
    }

    /// Facts that every journal of theirs has let go of are not stored again. (DECISIONS 36.)
    fn keep(&self, facts: &[(FactId, Fact)], draft: &mut Draft) {
        let covers = |namespace, fact: &Fact| match self.cell(&Key::Cut(namespace)) {
            Some(Cell::Cut(known)) => known.cut.covers(fact.author, fact.session, fact.step),
            _ => false,
        };
        let is_held = |fact: &Fact| Namespace::of(fact).into_iter().any(|it| !covers(it, fact));
        let held = facts.iter().filter(|(_, fact)| is_held(fact));
        draft.facts.extend(held.cloned());
    }

    fn append(&mut self, charge: StoredCharge, draft: &mut Draft) {
        let digest = charge.follow(&self.head.chain);
        self.head.charges += 1;
        self.head.chain = digest;
        draft.charges.push((charge, digest));
    }

    /// What a ledger starts from.
    pub(super) fn holdings(&self) -> Holdings {
        let mut holdings = Holdings::default();
        for (key, cell) in self.cells() {
            match (key, cell) {
                (Key::Budget(context, peer), Cell::Budget(budget)) => {
                    holdings.budgets.push((*context, *peer, *budget));
                }
                (Key::Leakage(context, observer), Cell::Leakage(allowance)) => {
                    if let Some(known) = Observer::ALL.get(usize::from(*observer)) {
                        let key = Key::LeakagePolicy(*context, *observer);
                        let policy = match self.cell(&key) {
                            Some(Cell::LeakagePolicy(policy)) => *policy,
                            _ => LeakagePolicy::Explicit(allowance.limit),
                        };
                        let row = (*context, *known, policy, allowance.spent);
                        holdings.leakage.push(row);
                    }
                }
                (Key::LeakageDefault(observer), Cell::LeakageDefault(limit)) => {
                    let defaults = &mut holdings.leakage_defaults;
                    if let Some(known) = defaults.get_mut(usize::from(*observer)) {
                        *known = *limit;
                    }
                }
                (Key::Issued(context), Cell::Issued { epoch, nonce }) => {
                    holdings.issued.push((*context, *epoch, *nonce));
                }
                (
                    Key::Accepted(context, source) | Key::AcceptedOf(context, source, _),
                    Cell::Accepted { epoch, window },
                ) => {
                    let device = match key {
                        Key::AcceptedOf(.., device) => *device,
                        _ => DeviceId::ONLY,
                    };
                    holdings.accepted.push(Mark {
                        context: *context,
                        source: *source,
                        device,
                        epoch: *epoch,
                        window: *window,
                    });
                }
                (Key::Shared(context, peer), Cell::Shared(budget)) => {
                    holdings.shared.push((*context, *peer, budget.clone()));
                }
                (Key::Device, Cell::Device(device)) => holdings.device = Some(*device),
                (Key::Epoch(context), Cell::Epoch(epoch)) => {
                    holdings.epochs.push((*context, *epoch));
                }
                (Key::Revoked(id), Cell::Revoked) => holdings.revoked.push(id.clone()),
                (Key::Cut(namespace), Cell::Cut(compacted)) => {
                    holdings.cuts.push((*namespace, compacted.clone()));
                }
                _ => {}
            }
        }
        holdings
    }
}

impl From<&SentRecord> for StoredCharge {
    fn from(sent: &SentRecord) -> Self {
        Self {
            session: sent.session,
            step: sent.step,
            label: sent.label.to_owned(),
            context: sent.context,
            peer: sent.peer,
            epoch: sent.epoch,
            cost: sent.cost,
            leak: sent.leak,
            line: sent.log.map(str::to_owned),
        }
    }
}
