//! The sums of a store in memory, and what a batch changes of them.
//!
//! In: records. Out: a [`Draft`], the rows that a store writes in one transaction. A store that could
//! not write it [takes it back](Sheet::revert), and the sheet is as before. All stores keep their sums
//! here, so that they cannot add up differently.

use std::collections::BTreeMap;

use super::{
    Holdings, Record, Rows, SentRecord,
    rows::{Cell, Compacted, Digest, Head, Key, StoredCharge, digest, encode},
};
use crate::{
    budget::{Allowance, Budget, shared::SharedBudget},
    fact::{Fact, FactId},
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
    pub(super) fn draft(&mut self, batch: &[Record]) -> Draft {
        let mut draft = self.begin();
        for record in batch {
            self.take(record, &mut draft);
        }
        self.settle(&draft);
        draft
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

    fn take(&mut self, record: &Record, draft: &mut Draft) {
        match record {
            Record::Budget {
                context,
                peer,
                epoch,
                limit,
            } => {
                let key = Key::Budget(*context, *peer);
                let mut budget = self.budget(&key);
                budget.declare(*epoch, *limit);
                self.put(key, Cell::Budget(budget), draft);
            }
            Record::Leakage {
                context,
                observer,
                limit,
            } => {
                let key = Key::Leakage(*context, *observer as u8);
                let allowance = Allowance {
                    limit: *limit,
                    ..self.allowance(&key)
                };
                self.put(key, Cell::Leakage(allowance), draft);
            }
            Record::Send(sent) => self.charge(sent, draft),
            Record::Broadcast(copies) => {
                for sent in copies {
                    self.charge(sent, draft);
                }
            }
            Record::Facts(facts) => self.keep(facts, draft),
            Record::Issued {
                context,
                epoch,
                nonce,
            } => {
                let cell = Cell::Issued {
                    epoch: *epoch,
                    nonce: *nonce,
                };
                self.put(Key::Issued(*context), cell, draft);
            }
            Record::Accepted { marks, chain } => {
                for mark in marks {
                    let cell = Cell::Accepted {
                        epoch: mark.epoch,
                        window: mark.window,
                    };
                    self.put(Key::Accepted(mark.context, mark.source), cell, draft);
                }
                if let Some(last) = chain.receipts().last() {
                    draft.receipts.push((last.receipt().id(), chain.clone()));
                }
            }
            Record::Shared {
                context,
                peer,
                budget,
            } => {
                let key = Key::Shared(*context, *peer);
                let mut known = match self.cell(&key) {
                    Some(Cell::Shared(known)) => known.clone(),
                    _ => SharedBudget::default(),
                };
                known.join(budget);
                self.put(key, Cell::Shared(known), draft);
            }
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

    fn charge(&mut self, sent: &SentRecord, draft: &mut Draft) {
        let key = Key::Budget(sent.context, sent.peer);
        let mut budget = self.budget(&key);
        if budget.epoch == sent.epoch {
            budget.spent = budget.spent.saturating_add(sent.cost);
            self.put(key, Cell::Budget(budget), draft);
        }
        for (observer, leak) in Observer::ALL.into_iter().zip(sent.leak) {
            if leak > 0 {
                let key = Key::Leakage(sent.context, observer as u8);
                let mut allowance = self.allowance(&key);
                allowance.spent = allowance.spent.saturating_add(leak);
                self.put(key, Cell::Leakage(allowance), draft);
            }
        }
        self.append(StoredCharge::from(sent), draft);
        self.keep(&sent.facts, draft);
    }

    fn append(&mut self, charge: StoredCharge, draft: &mut Draft) {
        let digest = charge.follow(&self.head.chain);
        self.head.charges += 1;
        self.head.chain = digest;
        draft.charges.push((charge, digest));
    }

    fn budget(&self, key: &Key) -> Budget {
        match self.cell(key) {
            Some(Cell::Budget(budget)) => *budget,
            _ => Budget::default(),
        }
    }

    fn allowance(&self, key: &Key) -> Allowance {
        match self.cell(key) {
            Some(Cell::Leakage(allowance)) => *allowance,
            _ => Allowance::default(),
        }
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
                    if let Some(observer) = Observer::ALL.get(usize::from(*observer)) {
                        holdings.leakage.push((*context, *observer, *allowance));
                    }
                }
                (Key::Issued(context), Cell::Issued { epoch, nonce }) => {
                    holdings.issued.push((*context, *epoch, *nonce));
                }
                (Key::Accepted(context, source), Cell::Accepted { epoch, window }) => {
                    holdings.accepted.push(Mark {
                        context: *context,
                        source: *source,
                        epoch: *epoch,
                        window: *window,
                    });
                }
                (Key::Shared(context, peer), Cell::Shared(budget)) => {
                    holdings.shared.push((*context, *peer, budget.clone()));
                }
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
