//! The books in memory: what the guards read, by slot, so that a send costs no search.
//!
//! Slots are handed out when a session opens and stay valid for the ledger's life. Names are
//! numbered once, so a capability check is a bit test.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::sets::{Change, Sets};
use crate::{
    budget::{Allowance, Budget},
    fact::{Fact, FactId, Leaf, Leaves},
    guard::{self, Demand, Entry, Toll},
    identity::{AuthorityId, ContextId},
    machine::Observer,
    store::Holdings,
};

/// A capability's name, numbered by the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CapabilityId(u32);

/// A context's place in the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContextSlot(u32);

/// The place of the budget of (context, peer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AccountSlot(u32);

/// What one context's guards read.
#[derive(Debug)]
pub(crate) struct ContextBook {
    pub(crate) id: ContextId,
    pub(crate) leakage: [Allowance; Observer::COUNT],
    held: Vec<u64>,
    held_for: BTreeMap<CapabilityId, Vec<Vec<Vec<u8>>>>,
}

impl ContextBook {
    /// Whether the capability is held whatever its arguments.
    #[inline]
    pub(crate) fn holds(&self, id: CapabilityId) -> bool {
        self.held
            .get(id.at() / 64)
            .is_some_and(|word| word >> (id.at() % 64) & 1 == 1)
    }

    /// Whether it is held for these arguments, which are computed only if it is granted for any.
    pub(crate) fn holds_for(
        &self,
        id: CapabilityId,
        arguments: impl FnOnce() -> Option<Vec<Vec<u8>>>,
    ) -> bool {
        self.held_for.get(&id).is_some_and(|granted| {
            arguments().is_some_and(|arguments| granted.contains(&arguments))
        })
    }
}

#[derive(Debug, Default)]
pub(crate) struct Books {
    contexts: Vec<ContextBook>,
    context_slots: HashMap<ContextId, ContextSlot>,
    budgets: Vec<Budget>,
    budget_slots: HashMap<(ContextId, AuthorityId), AccountSlot>,
    capabilities: HashMap<String, CapabilityId>,
    facts: Vec<Leaf>,
    /// What came from others, so that it is kept once.
    merged: BTreeSet<FactId>,
    /// Whether a durable ledger's facts are kept until its journals take them.
    is_read: bool,
}

impl Books {
    #[inline]
    pub(crate) fn context(&self, slot: ContextSlot) -> &ContextBook {
        &self.contexts[slot.at()]
    }

    #[inline]
    pub(crate) fn budget(&self, slot: AccountSlot) -> &Budget {
        &self.budgets[slot.at()]
    }

    pub(crate) fn facts(&self) -> &[Leaf] {
        &self.facts
    }

    pub(crate) fn capability(&mut self, name: &str) -> CapabilityId {
        if let Some(id) = self.capabilities.get(name) {
            return *id;
        }
        let id = CapabilityId::after(self.capabilities.len());
        self.capabilities.insert(name.to_owned(), id);
        id
    }

    pub(crate) fn context_slot(&mut self, id: ContextId) -> ContextSlot {
        let contexts = &mut self.contexts;
        *self.context_slots.entry(id).or_insert_with(|| {
            contexts.push(ContextBook {
                id,
                leakage: Default::default(),
                held: Vec::new(),
                held_for: BTreeMap::new(),
            });
            ContextSlot::after(contexts.len() - 1)
        })
    }

    pub(crate) fn account_slot(&mut self, context: ContextId, peer: AuthorityId) -> AccountSlot {
        let budgets = &mut self.budgets;
        *self.budget_slots.entry((context, peer)).or_insert_with(|| {
            budgets.push(Budget::default());
            AccountSlot::after(budgets.len() - 1)
        })
    }

    pub(super) fn grant(&mut self, context: ContextId, name: &str, only: Option<Vec<Vec<u8>>>) {
        let id = self.capability(name);
        let slot = self.context_slot(context);
        let book = &mut self.contexts[slot.at()];
        if let Some(arguments) = only {
            book.held_for.entry(id).or_default().push(arguments);
            return;
        }
        let word = id.at() / 64;
        if book.held.len() <= word {
            book.held.resize(word + 1, 0);
        }
        book.held[word] |= 1 << (id.at() % 64);
    }

    pub(super) fn revoke(&mut self, context: ContextId, name: &str) {
        let id = self.capability(name);
        let slot = self.context_slot(context);
        let book = &mut self.contexts[slot.at()];
        book.held_for.remove(&id);
        if let Some(word) = book.held.get_mut(id.at() / 64) {
            *word &= !(1 << (id.at() % 64));
        }
    }

    /// Towards whom there is a budget in a context.
    pub(super) fn peers(&self, context: ContextId) -> Vec<AuthorityId> {
        let mut peers: Vec<_> = self
            .budget_slots
            .keys()
            .filter(|(of, _)| *of == context)
            .map(|(_, peer)| *peer)
            .collect();
        peers.sort_unstable();
        peers
    }

    pub(super) fn declare_budget(
        &mut self,
        context: ContextId,
        peer: AuthorityId,
        epoch: u64,
        limit: u64,
    ) {
        let slot = self.account_slot(context, peer);
        self.budgets[slot.at()].declare(epoch, limit);
    }

    pub(super) fn declare_leakage(&mut self, context: ContextId, observer: Observer, limit: u64) {
        let slot = self.context_slot(context);
        self.contexts[slot.at()].leakage[observer as usize].limit = limit;
    }

    /// Takes the headroom of an ordinary send, if the guards allow it.
    #[inline]
    pub(super) fn charge(&mut self, toll: &Toll) -> bool {
        let context = self.contexts.get_mut(toll.context.at());
        let budget = self.budgets.get_mut(toll.account.at());
        let (Some(context), Some(budget)) = (context, budget) else {
            return false;
        };
        if !guard::allows(context, budget, toll) {
            return false;
        }
        take(context, budget, toll);
        true
    }

    /// Takes the headroom. The guards have just seen that there is enough.
    pub(super) fn reserve(&mut self, demand: &Demand<'_>) {
        let toll = &demand.toll;
        take(
            &mut self.contexts[toll.context.at()],
            &mut self.budgets[toll.account.at()],
            toll,
        );
    }

    /// Gives back what [`Self::reserve`] took. An epoch that began in between owes nothing.
    pub(super) fn release(&mut self, entry: &Entry) {
        let budget = &mut self.budgets[entry.account.at()];
        if budget.epoch == entry.epoch {
            budget.spent = budget.spent.saturating_sub(entry.row.cost);
        }
        let leakage = &mut self.contexts[entry.context.at()].leakage;
        for (allowance, leak) in leakage.iter_mut().zip(entry.row.leak) {
            allowance.spent = allowance.spent.saturating_sub(leak);
        }
    }

    #[inline]
    pub(super) fn keep(&mut self, facts: Leaves) {
        self.facts.extend(facts);
    }

    /// Keeps what is not known yet.
    pub(super) fn merge(&mut self, facts: Vec<Fact>) {
        for fact in facts {
            let leaf = Leaf::from(fact);
            if self.merged.insert(leaf.id) {
                self.facts.push(leaf);
            }
        }
    }

    /// What becomes of entries that the store has taken.
    pub(super) fn settle(&mut self, entries: Vec<Entry>) {
        self.committed(entries.into_iter().flat_map(|entry| entry.facts));
    }

    /// Takes in what the store of a durable ledger has taken, if somebody reads its journals.
    pub(super) fn committed(&mut self, facts: impl IntoIterator<Item = Leaf>) {
        if self.is_read {
            self.facts.extend(facts);
        }
    }

    /// Hands what a durable ledger has committed to its journals; from now on it is kept for them.
    pub(super) fn hand_over(&mut self, sets: &mut Sets) {
        for leaf in std::mem::take(&mut self.facts) {
            sets.put(&leaf);
        }
        self.is_read = true;
    }

    /// Shows the journals of a ledger in memory what is new.
    pub(super) fn show(&mut self, sets: &mut Sets) {
        for leaf in self.facts.iter().skip(sets.taken) {
            sets.put(leaf);
        }
        sets.taken = self.facts.len();
    }

    /// Follows a change of the journals of a ledger in memory.
    pub(super) fn follow(&mut self, sets: &mut Sets, change: Change) {
        self.merged.extend(change.new.iter().map(|leaf| leaf.id));
        self.facts.extend(change.new);
        if !change.gone.is_empty() {
            let gone: BTreeSet<_> = change.gone.into_iter().collect();
            self.facts.retain(|leaf| !gone.contains(&leaf.id));
            self.merged.retain(|id| !gone.contains(id));
        }
        sets.taken = self.facts.len();
    }

    pub(super) fn load(&mut self, holdings: Holdings) {
        for (context, peer, budget) in holdings.budgets {
            let slot = self.account_slot(context, peer);
            self.budgets[slot.at()] = budget;
        }
        for (context, observer, allowance) in holdings.leakage {
            let slot = self.context_slot(context);
            self.contexts[slot.at()].leakage[observer as usize] = allowance;
        }
    }
}

#[inline]
fn take(context: &mut ContextBook, budget: &mut Budget, toll: &Toll) {
    budget.spent += toll.row.cost;
    if toll.row.leaks() {
        for (allowance, leak) in context.leakage.iter_mut().zip(&toll.row.leak) {
            allowance.spent += leak;
        }
    }
}

/// What is numbered in the order of its coming.
macro_rules! numbered {
    ($($id:ident),+) => {
        $(impl $id {
            /// The next, after so many.
            ///
            /// # Panics
            ///
            /// At 2^32 of them: the books would be beyond any memory long before.
            fn after(count: usize) -> Self {
                Self(u32::try_from(count).expect("the books of 2^32 fit no memory"))
            }

            #[inline]
            fn at(self) -> usize {
                self.0 as usize
            }
        })+
    };
}

numbered!(CapabilityId, ContextSlot, AccountSlot);
