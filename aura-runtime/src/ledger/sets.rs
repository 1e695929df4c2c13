//! The journals of a ledger in memory: a set of facts for each context and, once asked for, for each
//! author, with what was compacted of them.
//!
//! In: the facts of the store, once somebody asks for a journal, and from then on every fact that the
//! ledger has committed. Out: journals, and what a change of one writes. What holds: a fact is here as
//! long as one of its journals has not let go of it, and no journal shows one that its cut covers.

use std::collections::{BTreeMap, HashMap};

use serde::{Serialize, de::DeserializeOwned};

use super::FactsError;
use crate::{
    fact::{Fact, FactId, Leaf, Origin},
    identity::{AuthorityId, ContextId},
    journal::{Cut, Journal, Namespace, Trie},
    lattice::{Bottom, Join as _},
    store::{Compacted, Holdings, Record},
    sync::Arc,
};

#[derive(Debug, Default)]
pub(super) struct Sets {
    /// Whether the store's facts have been read.
    pub(super) is_open: bool,
    contexts: BTreeMap<ContextId, Trie>,
    /// Views of the same facts, of those authors that were asked for.
    authors: BTreeMap<AuthorityId, Trie>,
    /// What its context has let go of, and its author has not.
    rest: Trie,
    compacted: BTreeMap<Namespace, Compacted>,
    origins: HashMap<[u8; 32], Arc<Origin>>,
    /// How many of the facts of a ledger in memory are here.
    pub(super) taken: usize,
}

/// What a change of a journal writes, and then does.
#[derive(Debug, Default)]
pub(super) struct Change {
    pub(super) new: Vec<Leaf>,
    pub(super) cut: Option<(Namespace, Compacted)>,
    /// Facts that no journal holds afterwards.
    pub(super) gone: Vec<FactId>,
}

impl Change {
    pub(super) fn records(&self) -> Vec<Record> {
        let mut records = Vec::new();
        if !self.new.is_empty() {
            let facts = self.new.iter().map(|leaf| (leaf.id, leaf.fact()));
            records.push(Record::Facts(facts.collect()));
        }
        if let Some((namespace, compacted)) = &self.cut {
            records.push(Record::Cut {
                namespace: *namespace,
                compacted: compacted.clone(),
                gone: self.gone.clone(),
            });
        }
        records
    }
}

impl Sets {
    pub(super) fn load(holdings: &Holdings) -> Self {
        Self {
            compacted: holdings.cuts.iter().cloned().collect(),
            ..Self::default()
        }
    }

    /// Takes in the facts of a store, in the order of their ids.
    pub(super) fn open(&mut self, facts: Vec<Leaf>) {
        let mut contexts: BTreeMap<ContextId, Vec<Leaf>> = BTreeMap::new();
        let mut rest = Vec::new();
        for leaf in facts {
            let origin = leaf.origin();
            if !self.origins.contains_key(origin.digest()) {
                self.origins.insert(*origin.digest(), Arc::clone(origin));
            }
            let context = leaf.origin().common().context;
            if !self.covers(Namespace::Context(context), &leaf) {
                contexts.entry(context).or_default().push(leaf);
            } else if !self.covers(Namespace::Authority(leaf.origin().common().author), &leaf) {
                rest.push(leaf);
            }
        }
        let contexts = contexts.into_iter();
        self.contexts = contexts
            .map(|(context, leaves)| (context, Trie::of_sorted(leaves)))
            .collect();
        self.rest = Trie::of_sorted(rest);
        self.is_open = true;
    }

    /// Takes in a fact that the ledger has committed.
    pub(super) fn put(&mut self, leaf: &Leaf) {
        let leaf = crate::journal::share(&mut self.origins, leaf);
        let common = leaf.origin().common();
        let (context, author) = (common.context, common.author);
        let is_let_go = self.covers(Namespace::Authority(author), &leaf);
        if !is_let_go && let Some(view) = self.authors.get_mut(&author) {
            view.insert(leaf.clone());
        }
        if !self.covers(Namespace::Context(context), &leaf) {
            self.contexts.entry(context).or_default().insert(leaf);
        } else if !is_let_go {
            self.rest.insert(leaf);
        }
    }

    fn covers(&self, namespace: Namespace, leaf: &Leaf) -> bool {
        let compacted = self.compacted.get(&namespace);
        compacted.is_some_and(|it| crate::journal::covers(&it.cut, leaf))
    }

    /// Whether some journal of a fact has not let go of it.
    pub(super) fn holds(&self, fact: &Fact) -> bool {
        Namespace::of(fact).into_iter().any(|namespace| {
            let compacted = self.compacted.get(&namespace);
            !compacted.is_some_and(|it| it.cut.covers(fact.author, fact.session, fact.step))
        })
    }

    fn facts(&mut self, namespace: Namespace) -> Trie {
        match namespace {
            Namespace::Context(context) => self.contexts.get(&context).cloned().unwrap_or_default(),
            Namespace::Authority(author) => {
                if let Some(view) = self.authors.get(&author) {
                    return view.clone();
                }
                let all = self.contexts.values().chain([&self.rest]);
                let mut view: Vec<Leaf> = all
                    .flat_map(Trie::iter)
                    .filter(|leaf| leaf.origin().common().author == author)
                    .filter(|leaf| !self.covers(namespace, leaf))
                    .cloned()
                    .collect();
                view.sort_unstable_by_key(|leaf| leaf.id);
                let view = Trie::of_sorted(view);
                self.authors.insert(author, view.clone());
                view
            }
        }
    }

    /// The journal of a namespace; what its facts amounted to must be of this type.
    pub(super) fn journal<S>(&mut self, namespace: Namespace) -> Result<Journal<S>, FactsError>
    where
        S: Bottom + Clone + Serialize + DeserializeOwned,
    {
        let (cut, state) = match self.compacted.get(&namespace) {
            Some(Compacted { cut, state }) => (cut.clone(), state.as_deref()),
            None => (Cut::default(), None),
        };
        let reduced = match state {
            Some(bytes) => read(bytes).ok_or(FactsError::State(namespace))?,
            None => S::bottom(),
        };
        Ok(Journal::of(namespace, self.facts(namespace), cut, reduced))
    }

    /// What a namespace's journal does not hold once it is compacted so, and no other one does.
    pub(super) fn gone(&mut self, namespace: Namespace, cut: &Cut) -> Vec<FactId> {
        let is_gone = |sets: &Self, leaf: &Leaf| {
            let common = leaf.origin().common();
            crate::journal::covers(cut, leaf)
                && Namespace::of(common)
                    .into_iter()
                    .all(|it| it == namespace || sets.covers(it, leaf))
        };
        let facts = match namespace {
            Namespace::Context(_) => self.facts(namespace),
            // What contexts hold does not go with an author.
            Namespace::Authority(_) => self.rest.clone(),
        };
        let gone = facts.iter().filter(|leaf| is_gone(self, leaf));
        gone.map(|leaf| leaf.id).collect()
    }

    /// Does what was written.
    pub(super) fn apply(&mut self, change: &Change) {
        for leaf in &change.new {
            self.put(leaf);
        }
        let Some((namespace, compacted)) = &change.cut else {
            return;
        };
        let known = self.compacted.entry(*namespace).or_default();
        known.cut.join(&compacted.cut);
        known.state.clone_from(&compacted.state);
        let cut = known.cut.clone();
        match namespace {
            Namespace::Context(context) => {
                let mut left = Vec::new();
                if let Some(facts) = self.contexts.get_mut(context) {
                    facts.retain(&mut |leaf| {
                        let goes = crate::journal::covers(&cut, leaf);
                        if goes {
                            left.push(leaf.clone());
                        }
                        !goes
                    });
                }
                for leaf in &left {
                    self.put(leaf);
                }
            }
            Namespace::Authority(author) => {
                let is_left = |leaf: &Leaf| {
                    leaf.origin().common().author != *author || !crate::journal::covers(&cut, leaf)
                };
                self.rest.retain(&mut |leaf| is_left(leaf));
                if let Some(view) = self.authors.get_mut(author) {
                    view.retain(&mut |leaf| is_left(leaf));
                }
            }
        }
        self.origins
            .retain(|_, origin| Arc::strong_count(origin) > 1);
    }
}

/// A state, if these are its bytes and no others.
fn read<S: Serialize + DeserializeOwned>(bytes: &[u8]) -> Option<S> {
    let state = postcard::from_bytes(bytes).ok()?;
    (postcard::to_stdvec(&state).ok()? == bytes).then_some(state)
}
