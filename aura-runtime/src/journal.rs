//! Journals: what is known for good, and what it amounts to.
//!
//! A [`Journal`] is a grow-only set of facts of one [`Namespace`], each under its hash. In: facts, and
//! other journals of the same namespace. Out: the facts in an opaque order (that of their hashes, which
//! has nothing to do with time or arrival), and their reduction. What holds: merging is union, so any
//! order and any repetition of merges end in the same set; a reduction is a join over facts, so it is a
//! function of the set. Compaction replaces facts by what they amounted to (DECISIONS 36): a cut says
//! which, the reduced state stands beside the facts that remain, and a fact that the cut covers and that
//! arrives later is filtered by every merge. Left out on purpose: who may write what, which is settled
//! before a fact is inserted, and storage.

mod cut;
mod trie;

use std::{collections::HashMap, sync::Arc};

use serde::{Deserialize, Serialize};

pub use self::cut::Cut;
pub(crate) use self::trie::Trie;
use crate::{
    fact::{Fact, FactId, Leaf, Origin},
    identity::{AuthorityId, ContextId},
    lattice::{Bottom, Join as _},
};

/// What a journal is of: facts of two namespaces are never in one set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Namespace {
    /// What one authority has written.
    Authority(AuthorityId),
    /// What has happened in one context.
    Context(ContextId),
}

impl Namespace {
    /// The journals that a fact belongs to: that of its context, and that of its author.
    pub fn of(fact: &Fact) -> [Self; 2] {
        [Self::Context(fact.context), Self::Authority(fact.author)]
    }

    fn holds(self, fact: &Fact) -> bool {
        match self {
            Self::Authority(author) => fact.author == author,
            Self::Context(context) => fact.context == context,
        }
    }
}

/// Why something cannot be joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// The fact belongs elsewhere.
    #[error("the fact {fact:?} does not belong to {namespace:?}")]
    Foreign {
        /// The fact.
        fact: FactId,
        /// The journal's namespace.
        namespace: Namespace,
    },
    /// The journals are of two namespaces.
    #[error("a journal of {theirs:?} cannot be merged into one of {ours:?}")]
    Namespaces {
        /// This journal's.
        ours: Namespace,
        /// The other's.
        theirs: Namespace,
    },
    /// A snapshot covers facts that are here, and was made without some of them.
    #[error("the snapshot was made of other facts than those that it covers here")]
    Snapshot,
}

/// What facts amount to: a state for each, and the join of all.
///
/// ```
/// use std::collections::BTreeSet;
/// use aura_runtime::{fact::Fact, journal::Reducer};
/// struct Names;
/// impl Reducer for Names {
///     type State = BTreeSet<String>;
///     fn reduce(&self, fact: &Fact) -> Self::State {
///         BTreeSet::from([fact.name.to_string()])
///     }
/// }
/// ```
pub trait Reducer {
    /// What is known; its join is associative, commutative and idempotent, so no order shows in it.
    type State: Bottom + Clone;

    /// What one fact amounts to. A function of the fact alone.
    fn reduce(&self, fact: &Fact) -> Self::State;
}

/// A set of facts, with what was compacted of it.
///
/// ```
/// use aura_runtime::{identity::ContextId, journal::{Journal, Namespace}};
/// let here = Namespace::Context(ContextId([1; 32]));
/// let mut journal: Journal<u64> = Journal::new(here);
/// let elsewhere = Journal::new(Namespace::Context(ContextId([2; 32])));
/// assert!(journal.merge(&elsewhere).is_err());
/// assert!(journal.merge(&Journal::new(here)).is_ok());
/// ```
#[derive(Clone, Debug)]
pub struct Journal<S> {
    namespace: Namespace,
    facts: Trie,
    origins: HashMap<[u8; 32], Arc<Origin>>,
    cut: Cut,
    reduced: S,
}

/// What a merge has brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// Facts that were not known.
    pub new: usize,
    /// Parts of the set that were looked at; those that were equal were not.
    pub entered: usize,
}

/// What stands in place of the facts that a cut covers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot<S> {
    /// Of which journal.
    pub namespace: Namespace,
    /// Which facts it stands for.
    pub cut: Cut,
    /// The digest of exactly those facts, beyond what was compacted before.
    pub covered: [u8; 32],
    /// What they amount to.
    pub state: S,
}

impl<S: Bottom + Clone> Journal<S> {
    /// A journal that knows nothing.
    pub fn new(namespace: Namespace) -> Self {
        Self {
            namespace,
            facts: Trie::default(),
            origins: HashMap::new(),
            cut: Cut::default(),
            reduced: S::bottom(),
        }
    }

    /// Its namespace.
    pub fn namespace(&self) -> Namespace {
        self.namespace
    }

    /// How many facts it holds; those that were compacted are none of them.
    pub fn len(&self) -> usize {
        self.facts.len()
    }

    /// Whether it holds no facts.
    pub fn is_empty(&self) -> bool {
        self.facts.len() == 0
    }

    /// The digest of the set: equal for equal sets, whatever their history.
    pub fn digest(&self) -> [u8; 32] {
        self.facts.digest()
    }

    /// What has been compacted.
    pub fn cut(&self) -> &Cut {
        &self.cut
    }

    /// Whether a fact is held.
    pub fn contains(&self, id: FactId) -> bool {
        self.facts.contains(id)
    }

    /// The facts, in the order of their ids.
    pub fn facts(&self) -> impl Iterator<Item = Fact> {
        self.facts.iter().map(Leaf::fact)
    }

    /// Inserts a fact; whether it was new. One that was compacted is not.
    pub fn insert(&mut self, fact: Fact) -> Result<bool, JournalError> {
        if !self.namespace.holds(&fact) {
            return Err(JournalError::Foreign {
                fact: fact.id(),
                namespace: self.namespace,
            });
        }
        if self.cut.covers(fact.author, fact.session, fact.step) {
            return Ok(false);
        }
        let leaf = share(&mut self.origins, &Leaf::from(fact));
        Ok(self.facts.insert(leaf))
    }

    /// A journal of what a ledger keeps.
    pub(crate) fn of(namespace: Namespace, facts: Trie, cut: Cut, reduced: S) -> Self {
        Self {
            namespace,
            facts,
            origins: HashMap::new(),
            cut,
            reduced,
        }
    }

    /// What the facts amount to that were compacted.
    pub fn reduced(&self) -> &S {
        &self.reduced
    }

    /// Takes in what another journal knows.
    pub fn merge(&mut self, other: &Self) -> Result<Merged, JournalError> {
        self.merge_into(other, &mut |_| ())
    }

    /// The same; `new` is told each fact that was not known.
    pub(crate) fn merge_into(
        &mut self,
        other: &Self,
        new: &mut dyn FnMut(&Leaf),
    ) -> Result<Merged, JournalError> {
        if self.namespace != other.namespace {
            return Err(JournalError::Namespaces {
                ours: self.namespace,
                theirs: other.namespace,
            });
        }
        self.reduced.join(&other.reduced);
        if !other.cut.is_empty() {
            let before = self.cut.clone();
            self.cut.join(&other.cut);
            if self.cut != before {
                self.filter();
            }
        }
        let Self {
            facts,
            origins,
            cut,
            ..
        } = self;
        let (new, entered) = facts.merge(&other.facts, &mut |leaf| {
            (!covers(cut, leaf)).then(|| {
                new(leaf);
                share(origins, leaf)
            })
        });
        Ok(Merged { new, entered })
    }

    /// What the facts amount to, those that were compacted among them.
    pub fn reduce<R: Reducer<State = S>>(&self, reducer: &R) -> S {
        self.reduce_those(reducer, self.facts.iter())
    }

    /// What would stand in place of the facts that `cut` covers.
    pub fn snapshot<R: Reducer<State = S>>(&self, cut: Cut, reducer: &R) -> Snapshot<S> {
        let covered = || self.facts.iter().filter(|leaf| covers(&cut, leaf));
        Snapshot {
            namespace: self.namespace,
            covered: Trie::of_sorted(covered().cloned().collect()).digest(),
            state: self.reduce_those(reducer, covered()),
            cut,
        }
    }

    fn reduce_those<'a, R: Reducer<State = S>>(
        &self,
        reducer: &R,
        leaves: impl Iterator<Item = &'a Leaf>,
    ) -> S {
        let mut state = self.reduced.clone();
        let mut room: Option<Fact> = None;
        for leaf in leaves {
            let fact = match &mut room {
                Some(fact) => {
                    leaf.put(fact);
                    fact
                }
                None => room.insert(leaf.fact()),
            };
            state.join(&reducer.reduce(fact));
        }
        state
    }

    /// Puts a snapshot in place of the facts that it covers. Refused if it was made of other facts than
    /// are here: whoever approves a snapshot would lose what its maker has not seen.
    pub fn compact(&mut self, snapshot: &Snapshot<S>) -> Result<(), JournalError> {
        if self.namespace != snapshot.namespace {
            return Err(JournalError::Namespaces {
                ours: self.namespace,
                theirs: snapshot.namespace,
            });
        }
        let covered = self.facts.iter().filter(|leaf| covers(&snapshot.cut, leaf));
        if Trie::of_sorted(covered.cloned().collect()).digest() != snapshot.covered {
            return Err(JournalError::Snapshot);
        }
        self.reduced.join(&snapshot.state);
        self.cut.join(&snapshot.cut);
        self.filter();
        Ok(())
    }

    /// The retraction h: what the cut covers is no longer held.
    fn filter(&mut self) {
        let cut = &self.cut;
        self.facts.retain(&mut |leaf| !covers(cut, leaf));
        self.origins
            .retain(|_, origin| Arc::strong_count(origin) > 1);
    }
}

/// Equal facts and equal compaction, whatever the history.
impl<S: PartialEq + Bottom + Clone> PartialEq for Journal<S> {
    fn eq(&self, other: &Self) -> bool {
        self.namespace == other.namespace
            && self.facts.digest() == other.facts.digest()
            && self.cut == other.cut
            && self.reduced == other.reduced
    }
}

pub(crate) fn covers(cut: &Cut, leaf: &Leaf) -> bool {
    let common = leaf.origin().common();
    cut.covers(common.author, common.session, leaf.step())
}

/// The leaf, with the origin that the journal's other leaves of the same message have.
pub(crate) fn share(origins: &mut HashMap<[u8; 32], Arc<Origin>>, leaf: &Leaf) -> Leaf {
    let origin = origins
        .entry(*leaf.origin().digest())
        .or_insert_with(|| Arc::clone(leaf.origin()));
    leaf.with_origin(origin)
}
