//! What the tests of a ledger's journals stand on: facts, what they amount to, and ledgers with and
//! without a store, which can be opened again.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use aura_runtime::{
    fact::Fact,
    identity::{AuthorityId, ContextId, SessionId},
    journal::{Journal, Namespace, Reducer},
    lattice::{Bottom, Join},
    ledger::Ledger,
    machine::ProtocolHash,
    store::{MemoryStore, SqliteStore, Store as _, audit},
};
use futures::executor::block_on;
use serde::{Deserialize, Serialize};

pub(crate) const CONTEXTS: [ContextId; 2] = [ContextId([2; 32]), ContextId([3; 32])];

/// The last step of each session, and every value.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) last: BTreeMap<SessionId, u64>,
    pub(crate) values: BTreeSet<Vec<u8>>,
}

impl Join for State {
    fn join(&mut self, other: &Self) {
        self.last.join(&other.last);
        self.values.join(&other.values);
    }
}

impl Bottom for State {
    fn bottom() -> Self {
        Self::default()
    }
}

pub(crate) struct Reduce;

impl Reducer for Reduce {
    type State = State;

    fn reduce(&self, fact: &Fact) -> State {
        State {
            last: BTreeMap::from([(fact.session, fact.step)]),
            values: fact.fields.iter().map(|(_, value)| value.clone()).collect(),
        }
    }
}

pub(crate) fn fact(context: usize, author: u8, session: u8, step: u64) -> Fact {
    Fact {
        namespace: "n".into(),
        name: "happened".into(),
        protocol: ProtocolHash([1; 32]),
        context: CONTEXTS[context],
        // A session is in one context.
        session: SessionId([session + 10 * u8::try_from(context).unwrap(); 16]),
        step,
        role: 0,
        author: AuthorityId([author; 32]),
        peer: AuthorityId([6; 32]),
        fields: vec![("x".into(), vec![author, session, step.to_le_bytes()[0]])],
    }
}

pub(crate) fn of(namespace: Namespace, facts: impl IntoIterator<Item = Fact>) -> Journal<State> {
    let mut journal = Journal::new(namespace);
    for fact in facts {
        journal.insert(fact).unwrap();
    }
    journal
}

pub(crate) fn journal(ledger: &Ledger, namespace: Namespace) -> Journal<State> {
    block_on(ledger.journal(namespace)).unwrap()
}

/// What a ledger stands on, kept from one opening to the next.
pub(crate) enum Ground {
    Nothing(Arc<Ledger>),
    Memory(MemoryStore),
    File(tempfile::TempDir),
}

impl Ground {
    pub(crate) fn each() -> [Self; 3] {
        [
            Self::Nothing(Ledger::in_memory()),
            Self::Memory(MemoryStore::default()),
            Self::File(tempfile::tempdir().unwrap()),
        ]
    }

    /// The ledger, opened again where it was open before.
    pub(crate) fn open(&self) -> Arc<Ledger> {
        match self {
            Self::Nothing(ledger) => Arc::clone(ledger),
            Self::Memory(store) => Ledger::open(store.clone()).unwrap(),
            Self::File(folder) => {
                Ledger::open(SqliteStore::open(folder.path().join("journal.db")).unwrap()).unwrap()
            }
        }
    }

    /// How many facts the store holds.
    pub(crate) fn stored(&self) -> usize {
        let mut count = 0;
        match self {
            Self::Nothing(ledger) => count = ledger.facts().len(),
            Self::Memory(store) => store.clone().facts(&mut |_, _| count += 1).unwrap(),
            Self::File(folder) => {
                let mut store = SqliteStore::open(folder.path().join("journal.db")).unwrap();
                assert_eq!(audit(&mut store), []);
                store.facts(&mut |_, _| count += 1).unwrap();
            }
        }
        count
    }
}
