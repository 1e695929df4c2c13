//! What may be spent and may leak, and what has: the sums that charges add to.

use super::{Draft, Sheet};
use crate::{
    budget::{Allowance, Budget, LeakagePolicy, shared::SharedBudget},
    identity::{AuthorityId, ContextId},
    lattice::Join as _,
    machine::Observer,
    store::{
        Record, SentRecord, StoreError,
        rows::{Cell, Key, StoredCharge},
    },
};

impl Sheet {
    /// Takes in a record of limits, or of what was charged against them; others change nothing.
    pub(super) fn add_up(&mut self, record: &Record, draft: &mut Draft) -> Result<(), StoreError> {
        match record {
            Record::Budget {
                context,
                peer,
                epoch,
                limit,
            } => {
                self.declare((*context, *peer), (*epoch, *limit), draft);
                let key = Key::Shared(*context, *peer);
                if let Some(Cell::Shared(shared)) = self.cell(&key) {
                    let mut shared = shared.clone();
                    shared.cut(*epoch, *limit);
                    self.put(key, Cell::Shared(shared), draft);
                }
            }
            Record::Leakage {
                context,
                observer,
                policy,
            } => {
                self.set_leakage((*context, *observer as u8), *policy, draft);
            }
            Record::LeakageDefault { observer, limit } => {
                let key = Key::LeakageDefault(*observer as u8);
                self.put(key, Cell::LeakageDefault(*limit), draft);
            }
            Record::Send(sent) => self.charge(sent, draft)?,
            Record::Broadcast(copies) => {
                for sent in copies {
                    self.charge(sent, draft)?;
                }
            }
            Record::Shared {
                context,
                peer,
                budget,
            } => {
                let mut known = self.shared(&Key::Shared(*context, *peer));
                known.join(budget);
                self.declare((*context, *peer), (known.epoch(), known.limit()), draft);
                self.put(Key::Shared(*context, *peer), Cell::Shared(known), draft);
            }
            Record::Transfer {
                context,
                peer,
                epoch,
                from,
                to,
                amount,
            } => {
                let key = Key::Shared(*context, *peer);
                let mut known = self.shared(&key);
                // In epoch 0 there is nothing to hand on.
                if known.epoch() == *epoch && *epoch > 0 {
                    known.hand_on(*from, *to, *amount);
                    self.put(key, Cell::Shared(known), draft);
                }
            }
            _ => {}
        }
        Ok(())
    }

    pub(super) fn set_leakage(
        &mut self,
        (context, observer): (ContextId, u8),
        policy: LeakagePolicy,
        draft: &mut Draft,
    ) {
        let key = Key::Leakage(context, observer);
        let allowance = Allowance {
            limit: policy.limit(0),
            ..self.allowance(&key)
        };
        self.put(key, Cell::Leakage(allowance), draft);
        let key = Key::LeakagePolicy(context, observer);
        self.put(key, Cell::LeakagePolicy(policy), draft);
    }

    pub(super) fn declare(
        &mut self,
        (context, peer): (ContextId, AuthorityId),
        (epoch, limit): (u64, u64),
        draft: &mut Draft,
    ) {
        let key = Key::Budget(context, peer);
        let mut budget = self.budget(&key);
        budget.declare(epoch, limit);
        self.put(key, Cell::Budget(budget), draft);
    }

    pub(super) fn charge(
        &mut self,
        sent: &SentRecord,
        draft: &mut Draft,
    ) -> Result<(), StoreError> {
        let key = Key::Budget(sent.context, sent.peer);
        let mut budget = self.budget(&key);
        if budget.epoch == sent.epoch {
            budget.spent = add(budget.spent, sent.cost)?;
            self.put(key, Cell::Budget(budget), draft);
        }
        for (observer, leak) in Observer::ALL.into_iter().zip(sent.leak) {
            if leak > 0 {
                let key = Key::Leakage(sent.context, observer as u8);
                if self.cell(&key).is_none() {
                    let policy = Cell::LeakagePolicy(LeakagePolicy::Inherited);
                    let key = Key::LeakagePolicy(sent.context, observer as u8);
                    self.put(key, policy, draft);
                }
                let mut allowance = self.allowance(&key);
                allowance.spent = add(allowance.spent, leak)?;
                self.put(key, Cell::Leakage(allowance), draft);
            }
        }
        self.append(StoredCharge::from(sent), draft);
        self.keep(&sent.facts, draft);
        Ok(())
    }

    pub(super) fn budget(&self, key: &Key) -> Budget {
        match self.cell(key) {
            Some(Cell::Budget(budget)) => *budget,
            _ => Budget::default(),
        }
    }

    pub(super) fn shared(&self, key: &Key) -> SharedBudget {
        match self.cell(key) {
            Some(Cell::Shared(shared)) => shared.clone(),
            _ => SharedBudget::default(),
        }
    }

    pub(super) fn allowance(&self, key: &Key) -> Allowance {
        match self.cell(key) {
            Some(Cell::Leakage(allowance)) => *allowance,
            _ => Allowance::default(),
        }
    }
}

/// Sums that are too large are refused, not cut off.
fn add(sum: u64, part: u64) -> Result<u64, StoreError> {
    sum.checked_add(part)
        .ok_or_else(|| StoreError::Io(format!("{sum} and {part} do not fit the journal")))
}
