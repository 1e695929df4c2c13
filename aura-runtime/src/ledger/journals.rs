//! The journals of a ledger: read, merged with those of others, and compacted, durably. (DECISIONS 36.)
//!
//! A change is made in the ledger's own task, behind everything that was submitted before it: what it
//! looks at is what the store holds, and nothing comes between its look and its write.

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Ledger, lock,
    sets::{Change, Sets},
};
use crate::{
    fact::{Leaf, Origins},
    journal::{Journal, JournalError, Merged, Namespace, Snapshot},
    lattice::Bottom,
    store::{Compacted, Store, StoreError},
    sync::{Arc, MutexGuard},
};

/// Why a journal could not be read, merged or compacted. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FactsError {
    /// The two do not belong together.
    #[error(transparent)]
    Journal(#[from] JournalError),
    /// The store could not.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the journal's facts amounted to was kept as a state of another type, or this one has no bytes.
    #[error("what was compacted of {0:?} is not of this type, or cannot be written")]
    State(Namespace),
}

impl Ledger {
    /// The journal of a namespace: every fact that was written or merged and is durable, and what was
    /// compacted of it as a state of `S`, the type that [`Self::compact`] was called with. The first
    /// journal reads the facts of the store; from then on they are in memory, too.
    ///
    /// ```
    /// use std::collections::BTreeSet;
    /// use aura_runtime::{identity::ContextId, journal::{Journal, Namespace}, ledger::Ledger};
    /// # futures::executor::block_on(async {
    /// let ledger = Ledger::in_memory();
    /// let here = Namespace::Context(ContextId([1; 32]));
    /// let journal: Journal<BTreeSet<String>> = ledger.journal(here).await?;
    /// assert!(journal.is_empty());
    /// # Ok::<(), aura_runtime::ledger::FactsError>(()) }).unwrap();
    /// ```
    pub async fn journal<S>(&self, namespace: Namespace) -> Result<Journal<S>, FactsError>
    where
        S: Bottom + Clone + Serialize + DeserializeOwned + Send + 'static,
    {
        self.change(move |sets| Ok((Change::default(), sets.journal(namespace)?)))
            .await
    }

    /// Takes in what another journal knows, with what was compacted of it; when this returns, it is
    /// durable. Facts that this ledger has let go of do not come back.
    pub async fn merge<S>(&self, other: &Journal<S>) -> Result<Merged, FactsError>
    where
        S: Bottom + Clone + Serialize + DeserializeOwned + Send + 'static,
    {
        let other = other.clone();
        self.change(move |sets| {
            let namespace = other.namespace();
            let mut mine: Journal<S> = sets.journal(namespace)?;
            let before = compacted(&mine)?;
            let mut new: Vec<Leaf> = Vec::new();
            let merged = mine.merge_into(&other, &mut |leaf| new.push(leaf.clone()))?;
            let mut change = Change {
                new,
                ..Change::default()
            };
            let after = compacted(&mine)?;
            if after != before {
                change.gone = sets.gone(namespace, &after.cut);
                change.cut = Some((namespace, after));
            }
            Ok((change, merged))
        })
        .await
    }

    /// Puts a snapshot in place of the facts that it covers; when this returns, it is durable. Refused
    /// where it was made of other facts than are here, as [`Journal::compact`] is. A fact leaves the
    /// store once every journal that it belongs to has let go of it: that of its context, and that of
    /// its author.
    pub async fn compact<S>(&self, snapshot: &Snapshot<S>) -> Result<(), FactsError>
    where
        S: Bottom + Clone + Serialize + DeserializeOwned + Send + 'static,
    {
        let snapshot = snapshot.clone();
        self.change(move |sets| {
            let mut mine: Journal<S> = sets.journal(snapshot.namespace)?;
            mine.compact(&snapshot)?;
            let change = Change {
                gone: sets.gone(snapshot.namespace, mine.cut()),
                cut: Some((snapshot.namespace, compacted(&mine)?)),
                new: Vec::new(),
            };
            Ok((change, ()))
        })
        .await
    }

    pub(super) fn sets(&self) -> MutexGuard<'_, Sets> {
        lock(&self.sets)
    }

    /// Decides on a change behind everything that was submitted before, writes it and does it.
    async fn change<T: Send + 'static>(
        &self,
        decide: impl FnOnce(&mut Sets) -> Result<(Change, T), FactsError> + Send + 'static,
    ) -> Result<T, FactsError> {
        let Some(journal) = &self.journal else {
            let mut sets = self.sets();
            self.books().show(&mut sets);
            let (change, outcome) = decide(&mut sets)?;
            sets.apply(&change);
            self.books().follow(&mut sets, change);
            return Ok(outcome);
        };
        let (books, sets) = (Arc::clone(&self.books), Arc::clone(&self.sets));
        let (done, outcome) = futures::channel::oneshot::channel();
        let task = move |store: Result<&mut dyn Store, StoreError>| {
            let mut refused = None;
            let outcome = (|| {
                let store = store?;
                let mut sets = lock(&sets);
                open(&mut sets, store)?;
                lock(&books).hand_over(&mut sets);
                let (change, outcome) = decide(&mut sets)?;
                let records = change.records();
                if !records.is_empty() {
                    store.commit(&records).inspect_err(|error| {
                        refused = Some(error.clone());
                    })?;
                    sets.apply(&change);
                }
                Ok(outcome)
            })();
            drop(done.send(outcome));
            refused
        };
        journal.alone(Box::new(task));
        outcome.await.unwrap_or(Err(StoreError::Closed.into()))
    }
}

/// Reads the facts of the store, the first time.
fn open(sets: &mut Sets, store: &mut dyn Store) -> Result<(), StoreError> {
    if sets.is_open {
        return Ok(());
    }
    let (mut leaves, mut origins) = (Vec::new(), Origins::default());
    store.facts(&mut |id, fact| leaves.push(Leaf::known(id, &fact, &mut origins)))?;
    sets.open(leaves);
    Ok(())
}

fn compacted<S>(journal: &Journal<S>) -> Result<Compacted, FactsError>
where
    S: Bottom + Clone + Serialize,
{
    let state = postcard::to_stdvec(journal.reduced());
    Ok(Compacted {
        cut: journal.cut().clone(),
        state: Some(state.map_err(|_| FactsError::State(journal.namespace()))?),
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use futures::executor::block_on;

    use super::*;
    use crate::{
        fact::Fact,
        identity::{AuthorityId, ContextId, SessionId},
        journal::Cut,
        machine::ProtocolHash,
        store::MemoryStore,
    };

    struct Last;

    impl crate::journal::Reducer for Last {
        type State = u64;

        fn reduce(&self, fact: &Fact) -> u64 {
            fact.step
        }
    }

    fn fact(step: u64) -> Fact {
        Fact {
            namespace: "n".into(),
            name: "happened".into(),
            protocol: ProtocolHash([1; 32]),
            context: ContextId([2; 32]),
            session: SessionId([3; 16]),
            step,
            role: 0,
            author: AuthorityId([5; 32]),
            peer: AuthorityId([6; 32]),
            fields: vec![],
        }
    }

    fn join(ledger: &Ledger, steps: std::ops::Range<u64>) {
        let (done, outcome) = futures::channel::oneshot::channel();
        let then = move |joined: Result<(), StoreError>| done.send(joined).unwrap();
        if !ledger.join(steps.map(fact).collect(), then) {
            block_on(outcome).unwrap().unwrap();
        }
    }

    /// Facts that ride in frames.
    #[test]
    fn facts_of_peers_are_in_the_journals_and_do_not_return() {
        let durable = || Ledger::open(MemoryStore::default()).unwrap();
        for ledger in [Ledger::in_memory(), durable()] {
            let all = |len: usize| {
                for namespace in Namespace::of(&fact(0)) {
                    let journal: Journal<u64> = block_on(ledger.journal(namespace)).unwrap();
                    assert_eq!((journal.len(), journal.reduce(&Last)), (len, 9));
                }
            };
            join(&ledger, 0..5);
            block_on(ledger.journal::<u64>(Namespace::of(&fact(0))[0])).unwrap();
            join(&ledger, 3..10);
            all(10);
            for namespace in Namespace::of(&fact(0)) {
                let journal: Journal<u64> = block_on(ledger.journal(namespace)).unwrap();
                let cut = Cut::below(fact(0).author, fact(0).session, 10);
                block_on(ledger.compact(&journal.snapshot(cut, &Last))).unwrap();
            }
            all(0);
            join(&ledger, 0..10);
            all(0);
            assert_eq!(ledger.facts(), []);
        }
    }
}
