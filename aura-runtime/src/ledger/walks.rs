//! Ledgers as devices of one authority, driven by the model of shared budgets step by step.
//!
//! Every spending is a send through the guard chain. Ledgers in memory go through every interleaving
//! of a small world and through random walks of a larger one; ledgers over stores go through walks in
//! which each entry is first refused by the store, and in which devices restart.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, OnceLock, mpsc},
};

use futures::executor::block_on;

use self::model::{Fleet, Left, Rules, explore, walk, walks};
use super::{Admission, Ledger, NoteError, ShareError, notes::Notes, sets::Sets};
use crate::{
    budget::{Budget, shared::SharedBudget},
    epoch::{Epoch, SignedEpoch},
    guard::{Demand, Refusal, Toll},
    identity::{AuthorityId, ContextId, DeviceId, Identity, SessionId},
    machine::MessageRow,
    request_response::PROTOCOL,
    store::{Holdings, MemoryStore, Store as _, StoreError},
};

#[path = "../../tests/budget_model/model.rs"]
mod model;

const CONTEXT: ContextId = ContextId([7; 32]);
const PEER: AuthorityId = AuthorityId([8; 32]);

/// A send of each cost that the model knows.
static ROWS: [MessageRow; 2] = [row(1), row(2)];

const fn row(cost: u64) -> MessageRow {
    MessageRow {
        cost,
        capability: None,
        leak: [0; 3],
        ..PROTOCOL.messages[0]
    }
}

fn device(at: usize) -> DeviceId {
    DeviceId([u8::try_from(at + 1).expect("few devices"); 32])
}

fn authority() -> Identity {
    Identity::from_seed([9; 32])
}

fn attested(rules: &Rules, number: u64) -> SignedEpoch {
    let parts = (0..rules.replicas).map(|at| {
        let part = BTreeMap::from([(PEER, u64::from(rules.allotted[at]))]);
        (device(at), part)
    });
    let epoch = Epoch {
        context: CONTEXT,
        number,
        limits: BTreeMap::from([(PEER, u64::from(rules.limit))]),
        parts: BTreeMap::from([(authority().id(), parts.collect())]),
    };
    epoch.sign(&authority())
}

fn begin(ledger: &Ledger, rules: &Rules, number: u64) -> Result<(), NoteError> {
    block_on(ledger.begin_epoch(&attested(rules, number), authority().id()))
}

fn exported(ledger: &Ledger) -> SharedBudget {
    ledger
        .export_budget(CONTEXT, PEER)
        .expect("it is divided among devices")
}

/// A send through the guard chain: what became of it, once it is known.
fn send(ledger: &Ledger, cost: u8) -> Result<mpsc::Receiver<bool>, Box<Refusal>> {
    let (context, account) = {
        let mut books = ledger.books();
        (
            books.context_slot(CONTEXT),
            books.account_slot(CONTEXT, PEER),
        )
    };
    let demand = Demand {
        protocol: &PROTOCOL,
        toll: Toll {
            row: &ROWS[usize::from(cost) - 1],
            capability: None,
            context,
            account,
        },
        abstains: false,
        session: &SessionId([1; 16]),
        step: 0,
        peer: &PEER,
        origins: &[],
        field: &|_| None,
    };
    let (told, outcome) = mpsc::channel();
    match ledger.admit(&demand)? {
        Admission::Reserved(reservation) => {
            reservation.commit(move |proofs| told.send(proofs.is_ok()).expect("awaited"));
        }
        Admission::Committed(_) | Admission::Several(_) => told.send(true).expect("awaited"),
    }
    Ok(outcome)
}

/// What is spent and what is held, by device.
fn look(ledger: &Ledger, replicas: usize) -> (u64, u64, Vec<(u64, u64)>) {
    let known = exported(ledger);
    let at = (0..replicas).find(|at| device(*at) == ledger.device());
    let me = device(at.expect("one of them"));
    assert_eq!(
        ledger.headroom(CONTEXT, PEER),
        known.headroom(me),
        "the number that sends look at is what the rows say: {known:?}"
    );
    assert_eq!(ledger.budget(CONTEXT, PEER).spent, known.spent());
    let rows = (0..replicas).map(|at| (known.spent_by(device(at)), known.held(device(at))));
    (known.epoch(), known.limit(), rows.collect())
}

fn transfer(ledger: &Ledger, to: usize, amount: u8) -> Result<(), NoteError> {
    block_on(ledger.transfer_headroom(CONTEXT, PEER, device(to), u64::from(amount)))
}

/// Epochs do not come in with rows: the authority's word is asked for.
fn merge(into: &Ledger, other: &SharedBudget, rules: &Rules) -> Result<(), NoteError> {
    let merged = block_on(into.merge_budget(CONTEXT, PEER, other));
    if other.epoch() <= into.budget(CONTEXT, PEER).epoch {
        return merged;
    }
    assert!(matches!(
        merged,
        Err(NoteError::Share(ShareError::Unattested { .. }))
    ));
    begin(into, rules, other.epoch())?;
    block_on(into.merge_budget(CONTEXT, PEER, other))
}

fn converge(exports: &[SharedBudget], ledgers: &[Arc<Ledger>], rules: &Rules) {
    for ledger in ledgers {
        for other in exports {
            merge(ledger, other, rules).expect("what honest devices say is taken");
        }
    }
    for ledger in ledgers {
        assert_eq!(exported(ledger), exported(&ledgers[0]));
    }
}

struct InMemory(Vec<Arc<Ledger>>);

impl Fleet for InMemory {
    fn new(rules: &Rules) -> Self {
        let ledgers = (0..rules.replicas).map(|at| {
            let ledger = Ledger::in_memory_as(device(at));
            begin(&ledger, rules, 1).expect("attested");
            ledger
        });
        Self(ledgers.collect())
    }

    /// A ledger that starts from what the other one holds.
    fn fork(&self) -> Self {
        let ledgers = self.0.iter().map(|ledger| {
            let (known, device) = (exported(ledger), ledger.device());
            let own = Budget {
                epoch: known.epoch(),
                limit: known.limit(),
                spent: known.spent_by(device),
            };
            let holdings = Holdings {
                budgets: vec![(CONTEXT, PEER, own)],
                epochs: vec![(CONTEXT, known.epoch())],
                shared: vec![(CONTEXT, PEER, known)],
                ..Holdings::default()
            };
            let notes = Arc::new(Mutex::new(Notes::load(&holdings)));
            let sets = Arc::new(Mutex::new(Sets::load(&holdings)));
            let mut books = super::Books::new(device);
            books.load(holdings);
            Arc::new(Ledger {
                books: Arc::new(Mutex::new(books)),
                journal: None,
                notes,
                signer: OnceLock::new(),
                sets,
            })
        });
        Self(ledgers.collect())
    }

    fn spend(&mut self, at: usize, cost: u8) -> bool {
        send(&self.0[at], cost).is_ok()
    }

    fn transfer(&mut self, from: usize, to: usize, amount: u8) {
        transfer(&self.0[from], to, amount).expect("it is held");
    }

    fn cut(&mut self, at: usize, limit: u8) {
        block_on(self.0[at].cut_budget(CONTEXT, PEER, u64::from(limit))).expect("in memory");
    }

    fn advance(&mut self, at: usize, epoch: u8, rules: &Rules) {
        begin(&self.0[at], rules, u64::from(epoch)).expect("attested");
    }

    fn merge(&mut self, into: usize, from: usize, rules: &Rules) {
        let other = exported(&self.0[from]);
        merge(&self.0[into], &other, rules).expect("what honest devices say is taken");
    }

    fn look(&self, at: usize, replicas: usize) -> (u64, u64, Vec<(u64, u64)>) {
        look(&self.0[at], replicas)
    }

    fn converge(&self, rules: &Rules) {
        let exports: Vec<_> = self.0.iter().map(|it| exported(it)).collect();
        converge(&exports, &self.fork().0, rules);
    }
}

/// Ledgers over stores. Whatever is to be written is refused once before, and changes nothing then;
/// after every fifth step a device restarts.
struct Durable {
    stores: Vec<MemoryStore>,
    ledgers: Vec<Arc<Ledger>>,
    steps: usize,
}

impl Durable {
    fn open(stores: Vec<MemoryStore>) -> Self {
        let ledgers = stores.iter().enumerate().map(|(at, store)| {
            Ledger::open_as(device(at), store.clone()).expect("a store of its own")
        });
        Self {
            ledgers: ledgers.collect(),
            stores,
            steps: 0,
        }
    }

    /// Does `step` with a store that refuses it, and then with one that does not.
    fn twice<T>(&mut self, at: usize, step: impl Fn(&Ledger) -> Result<T, NoteError>) -> T {
        let replicas = self.stores.len();
        let before = look(&self.ledgers[at], replicas);
        self.stores[at].fail_with(Some("no"));
        if step(&self.ledgers[at]).is_err() {
            assert_eq!(look(&self.ledgers[at], replicas), before, "nothing changed");
        }
        self.stores[at].fail_with(None);
        let outcome = step(&self.ledgers[at]).expect("the store takes it");
        self.steps += 1;
        if self.steps.is_multiple_of(5) {
            let known = look(&self.ledgers[at], replicas);
            self.ledgers[at] =
                Ledger::open_as(device(at), self.stores[at].clone()).expect("its own");
            assert_eq!(look(&self.ledgers[at], replicas), known, "all is durable");
        }
        outcome
    }
}

impl Fleet for Durable {
    fn new(rules: &Rules) -> Self {
        let stores = (0..rules.replicas).map(|_| MemoryStore::default());
        let fleet = Self::open(stores.collect());
        for ledger in &fleet.ledgers {
            begin(ledger, rules, 1).expect("attested");
        }
        fleet
    }

    fn fork(&self) -> Self {
        let stores = self.stores.iter().map(|store| {
            let copy = MemoryStore::default();
            copy.clone().commit(&store.records()).expect("in memory");
            copy
        });
        Self::open(stores.collect())
    }

    fn spend(&mut self, at: usize, cost: u8) -> bool {
        self.twice(at, |ledger| match send(ledger, cost) {
            Err(_) => Ok(false),
            Ok(outcome) if outcome.recv().expect("told") => Ok(true),
            Ok(_) => Err(StoreError::Closed.into()),
        })
    }

    fn transfer(&mut self, from: usize, to: usize, amount: u8) {
        self.twice(from, |ledger| transfer(ledger, to, amount));
    }

    /// What takes away counts even if the store does not take it.
    fn cut(&mut self, at: usize, limit: u8) {
        block_on(self.ledgers[at].cut_budget(CONTEXT, PEER, u64::from(limit))).expect("taken");
    }

    fn advance(&mut self, at: usize, epoch: u8, rules: &Rules) {
        self.twice(at, |ledger| begin(ledger, rules, u64::from(epoch)));
    }

    fn merge(&mut self, into: usize, from: usize, rules: &Rules) {
        let other = exported(&self.ledgers[from]);
        merge(&self.ledgers[into], &other, rules).expect("what honest devices say is taken");
    }

    fn look(&self, at: usize, replicas: usize) -> (u64, u64, Vec<(u64, u64)>) {
        look(&self.ledgers[at], replicas)
    }

    fn converge(&self, rules: &Rules) {
        let exports: Vec<_> = self.ledgers.iter().map(|it| exported(it)).collect();
        converge(&exports, &self.fork().ledgers, rules);
    }
}

#[test]
fn no_interleaving_of_ledgers_overspends() {
    let full = !cfg!(debug_assertions);
    let rules = Rules {
        replicas: 3,
        limit: if full { 4 } else { 2 },
        cut: if full { 2 } else { 1 },
        allotted: if full { [2, 1, 1, 0] } else { [1, 1, 0, 0] },
    };
    let left = Left {
        transfers: if full { 2 } else { 1 },
        cuts: 1,
        epochs: u8::from(full),
    };
    let worlds = explore::<InMemory>(&rules, left);
    println!("{worlds} worlds");
    assert!(worlds > 500);
}

#[test]
fn no_random_walk_of_ledgers_overspends() {
    let usual = if cfg!(debug_assertions) { 100 } else { 20_000 };
    walk::<InMemory>(walks(usual), 0x2545_f491_4f6c_dd1d);
}

#[test]
fn no_random_walk_of_ledgers_over_failing_stores_overspends() {
    // Threads start and end with each device: a hundredth of the walks.
    walk::<Durable>(walks(2_000).div_ceil(100), 0x9e37_79b9_7f4a_7c15);
}
