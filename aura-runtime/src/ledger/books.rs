//! The books in memory: what the guards read, by slot, so that a send costs no search.
//!
//! Slots are handed out when a session opens and stay valid for the ledger's life. Names are
//! numbered once, so a capability check is a bit test.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::{
    account::{AccountSlot, Accounts},
    sets::{Change, Sets},
};
use crate::{
    budget::{Allowance, LeakagePolicy},
    fact::{Fact, FactId, Leaf, Leaves},
    guard::{self, Demand, Entry, Toll},
    identity::{AuthorityId, ContextId, DeviceId},
    machine::Observer,
    store::Holdings,
};

/// A capability's name, numbered by the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct CapabilityId(u32);

/// A context's place in the books.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ContextSlot(u32);

/// What one context's guards read.
#[derive(Debug)]
pub(crate) struct ContextBook {
    pub(crate) id: ContextId,
    pub(crate) leakage: [Allowance; Observer::COUNT],
    policies: [LeakagePolicy; Observer::COUNT],
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

    /// Counts what a message leaks. The guards have just seen that there is room.
    #[inline]
    fn leak(&mut self, toll: &Toll) {
        if toll.row.leaks() {
            for (allowance, leak) in self.leakage.iter_mut().zip(&toll.row.leak) {
                allowance.spent += leak;
            }
        }
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

#[derive(Debug)]
pub(crate) struct Books {
    contexts: Vec<ContextBook>,
    context_slots: HashMap<ContextId, ContextSlot>,
    pub(super) accounts: Accounts,
    /// What may leak to each class of observers in a context without a policy of its own.
    leakage: [u64; Observer::COUNT],
    capabilities: HashMap<String, CapabilityId>,
    facts: Vec<Leaf>,
    /// What came from others, so that it is kept once.
    merged: BTreeSet<FactId>,
    /// Whether a durable ledger's facts are kept until its journals take them.
    is_read: bool,
}

impl Books {
    pub(super) fn new(device: DeviceId) -> Self {
        Self {
            contexts: Vec::new(),
            context_slots: HashMap::new(),
            accounts: Accounts::new(device),
            leakage: Default::default(),
            is_read: false,
            capabilities: HashMap::new(),
            facts: Vec::new(),
            merged: BTreeSet::new(),
        }
    }

    #[inline]
    pub(crate) fn context(&self, slot: ContextSlot) -> &ContextBook {
        &self.contexts[slot.at()]
    }

    /// What may still be spent here.
    #[inline]
    pub(crate) fn headroom(&self, slot: AccountSlot) -> u64 {
        self.accounts.headroom(slot)
    }

    /// The epoch and the limit of a budget.
    pub(crate) fn terms(&self, slot: AccountSlot) -> (u64, u64) {
        self.accounts.terms(slot)
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
        let (contexts, leakage) = (&mut self.contexts, &self.leakage);
        *self.context_slots.entry(id).or_insert_with(|| {
            contexts.push(ContextBook {
                id,
                leakage: leakage.map(|limit| Allowance { limit, spent: 0 }),
                policies: Default::default(),
                held: Vec::new(),
                held_for: BTreeMap::new(),
            });
            ContextSlot::after(contexts.len() - 1)
        })
    }

    pub(crate) fn account_slot(&mut self, context: ContextId, peer: AuthorityId) -> AccountSlot {
        self.accounts.slot(context, peer)
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

    pub(super) fn set_leakage(
        &mut self,
        context: ContextId,
        observer: Observer,
        policy: LeakagePolicy,
    ) {
        let slot = self.context_slot(context);
        let default = self.leakage[observer as usize];
        let book = &mut self.contexts[slot.at()];
        book.policies[observer as usize] = policy;
        book.leakage[observer as usize].limit = policy.limit(default);
    }

    pub(super) fn policy(&mut self, context: ContextId, observer: Observer) -> LeakagePolicy {
        let slot = self.context_slot(context);
        self.contexts[slot.at()].policies[observer as usize]
    }

    pub(super) fn default_leakage(&self, observer: Observer) -> u64 {
        self.leakage[observer as usize]
    }

    pub(super) fn set_default_leakage(&mut self, observer: Observer, limit: u64) {
        let at = observer as usize;
        self.leakage[at] = limit;
        for book in &mut self.contexts {
            book.leakage[at].limit = book.policies[at].limit(limit);
        }
    }

    /// Takes the headroom of an ordinary send for good, if the guards allow it.
    #[inline]
    pub(super) fn charge(&mut self, toll: &Toll) -> bool {
        let context = self.contexts.get_mut(toll.context.at());
        let headroom = self.accounts.headroom_mut(toll.account);
        let (Some(context), Some(headroom)) = (context, headroom) else {
            return false;
        };
        if !guard::allows(context, *headroom, toll) {
            return false;
        }
        *headroom -= toll.row.cost;
        context.leak(toll);
        true
    }

    /// Takes the headroom for good. The guards have just seen that there is enough.
    pub(super) fn reserve(&mut self, demand: &Demand<'_>) {
        let toll = &demand.toll;
        self.accounts.spend(toll.account, toll.row.cost);
        self.contexts[toll.context.at()].leak(toll);
    }

    /// Takes it for an entry that is on its way to the journal: [`Self::settle`] or [`Self::release`]
    /// says how that ends.
    pub(super) fn hold(&mut self, demand: &Demand<'_>) {
        let toll = &demand.toll;
        self.accounts.hold(toll.account, toll.row.cost);
        self.contexts[toll.context.at()].leak(toll);
    }

    /// What [`Self::hold`] took is spent.
    pub(super) fn spend_held(&mut self, entry: &Entry) {
        let (epoch, cost) = (entry.epoch, entry.row.cost);
        self.accounts.settle(entry.account, epoch, cost);
    }

    /// Gives back what [`Self::hold`] took. An epoch that began in between owes nothing.
    pub(super) fn release(&mut self, entry: &Entry) {
        let (epoch, cost) = (entry.epoch, entry.row.cost);
        self.accounts.release(entry.account, epoch, cost);
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
        for entry in &entries {
            self.spend_held(entry);
        }
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
            self.accounts.load(context, peer, budget);
        }
        for (context, peer, shared) in holdings.shared {
            let slot = self.accounts.slot(context, peer);
            self.accounts.load_shared(slot, shared);
        }
        for (observer, limit) in Observer::ALL.into_iter().zip(holdings.leakage_defaults) {
            self.set_default_leakage(observer, limit);
        }
        for (context, observer, policy, spent) in holdings.leakage {
            self.set_leakage(context, observer, policy);
            let slot = self.context_slot(context);
            self.contexts[slot.at()].leakage[observer as usize].spent = spent;
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

numbered!(CapabilityId, ContextSlot);
