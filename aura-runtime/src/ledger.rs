//! The ledger: one authority's capabilities, budgets, allowances and facts, shared by its sessions.
//!
//! In: what a send demands. Out: a [`Committed`], the proof that the charge, the leakage and the
//! facts are in the journal; a send needs one, and nothing else can make one. The books are in
//! memory behind one lock, and a store below makes entries durable before they are acknowledged.
//! An entry is reserved in the books while it is on its way to the disk, so that concurrent sends
//! can not spend the same headroom twice; a failed write gives it back. Left out on purpose: who may
//! grant and declare. That is settled before these calls.

mod account;
mod books;
mod journals;
mod leakage;
#[cfg(feature = "measure")]
pub mod measure;
mod notes;
mod receipts;
mod reservation;
mod rights;
mod sets;
mod shared;
#[cfg(test)]
mod walks;
mod writer;

use std::sync::OnceLock;

use futures::future::BoxFuture;

use self::reservation::Refund;
pub(crate) use self::{
    account::AccountSlot,
    books::{Books, CapabilityId, ContextBook, ContextSlot},
    receipts::{Draft, DraftError},
    reservation::Reservation,
};
pub use self::{journals::FactsError, notes::NoteError, shared::ShareError};
use crate::{
    budget::Budget,
    fact::{Fact, Leaf},
    guard::{self, Demand, Entry, Refusal, Toll},
    identity::{AuthorityId, ContextId, DeviceId, Identity},
    store::{Holdings, Record, SentRecord, Store, StoreError},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// Proof that an entry is in the journal. Only the ledger makes one, after the acknowledgement.
#[derive(Debug)]
#[must_use]
pub struct Committed(());

#[cfg(test)]
impl Committed {
    /// A proof of nothing, for tests of what asks for one.
    pub(crate) fn forged() -> Self {
        Self(())
    }
}

/// The books of one authority.
///
/// ```
/// use aura_runtime::{identity::{ContextId, Identity}, ledger::Ledger};
///
/// # futures::executor::block_on(async {
/// let (me, peer) = (Identity::from_seed([1; 32]).id(), Identity::from_seed([2; 32]).id());
/// let here = ContextId::derive("relationship", &[me, peer], b"");
/// let ledger = Ledger::in_memory();
/// ledger.grant(here, "send_request");
/// ledger.declare_budget(here, peer, 1, 500).await?;
/// assert_eq!(ledger.budget(here, peer).headroom(), 500);
/// # Ok::<(), aura_runtime::ledger::NoteError>(()) }).unwrap();
/// ```
#[derive(Debug)]
pub struct Ledger {
    books: Arc<Mutex<Books>>,
    journal: Option<writer::Writer>,
    notes: Arc<Mutex<notes::Notes>>,
    signer: OnceLock<Arc<Identity>>,
    sets: Arc<Mutex<sets::Sets>>,
}

/// How far an allowed send has come.
pub(crate) enum Admission {
    /// The journal is memory: done.
    Committed(Committed),
    /// The same for a broadcast: a proof for each copy.
    Several(Vec<Committed>),
    /// The headroom is reserved; the entries have yet to be written.
    Reserved(Box<Reservation>),
}

impl Ledger {
    /// A ledger that forgets when the process ends. Facts are kept, charges as sums.
    pub fn in_memory() -> Arc<Self> {
        Self::in_memory_as(DeviceId::ONLY)
    }

    /// The same for one of several devices of an authority, which share its budgets.
    pub fn in_memory_as(device: DeviceId) -> Arc<Self> {
        Arc::new(Self {
            books: Arc::new(Mutex::new(Books::new(device))),
            journal: None,
            notes: Arc::default(),
            signer: OnceLock::new(),
            sets: Arc::default(),
        })
    }

    /// A ledger whose entries are durable in `store` before anything is sent. The store is moved to
    /// a thread of its own, which writes what has queued up as one transaction. The ledger is the
    /// device that the store belongs to; an authority's only one if none was named.
    pub fn open(mut store: impl Store) -> Result<Arc<Self>, StoreError> {
        let holdings = store.load()?;
        Self::start(store, holdings)
    }

    /// The same for one of several devices of an authority, which share its budgets. A store belongs to
    /// one device for good, and is refused to another.
    pub fn open_as(device: DeviceId, mut store: impl Store) -> Result<Arc<Self>, StoreError> {
        let mut holdings = store.load()?;
        match holdings.device {
            Some(found) if found == device => {}
            Some(found) => return Err(StoreError::Device { found, device }),
            None => {
                store.commit(&[Record::Device(device)])?;
                holdings.device = Some(device);
            }
        }
        Self::start(store, holdings)
    }

    fn start(store: impl Store, holdings: Holdings) -> Result<Arc<Self>, StoreError> {
        let mut books = Books::new(holdings.device.unwrap_or(DeviceId::ONLY));
        let notes = Arc::new(Mutex::new(notes::Notes::load(&holdings)));
        let sets = Arc::new(Mutex::new(sets::Sets::load(&holdings)));
        books.load(holdings);
        let books = Arc::new(Mutex::new(books));
        let journal = Some(writer::Writer::spawn(store)?);
        Ok(Arc::new(Self {
            books,
            journal,
            notes,
            signer: OnceLock::new(),
            sets,
        }))
    }

    /// Grants a capability in a context, whatever its arguments.
    pub fn grant(&self, context: ContextId, capability: &str) {
        let mut notes = self.notes();
        notes.sources.grant(context, capability, None);
        lock(&self.books).grant(context, capability, None);
    }

    /// Grants a capability in a context for these arguments alone, each as postcard bytes.
    pub fn grant_for(&self, context: ContextId, capability: &str, arguments: Vec<Vec<u8>>) {
        let mut notes = self.notes();
        notes.sources.grant(context, capability, Some(&arguments));
        lock(&self.books).grant(context, capability, Some(arguments));
    }

    /// Takes a capability back, in every form in which it was granted.
    pub fn revoke(&self, context: ContextId, capability: &str) {
        let mut notes = self.notes();
        notes.sources.revoke(context, capability);
        lock(&self.books).revoke(context, capability);
    }

    /// The budget towards a peer, with what all devices are known to have spent; all zero where none
    /// was declared. What this device may spend of it is its [`headroom`](Self::headroom).
    pub fn budget(&self, context: ContextId, peer: AuthorityId) -> Budget {
        let mut books = lock(&self.books);
        let slot = books.account_slot(context, peer);
        books.accounts.budget(slot)
    }

    /// The facts of a ledger in memory, in order; those of a durable ledger are in its store, and in its
    /// [journals](Self::journal).
    pub fn facts(&self) -> Vec<Fact> {
        lock(&self.books).facts().iter().map(Leaf::fact).collect()
    }

    pub(crate) fn books(&self) -> MutexGuard<'_, Books> {
        lock(&self.books)
    }

    /// Whether the journal is memory.
    pub(crate) fn is_memory(&self) -> bool {
        self.journal.is_none()
    }

    /// [`Self::admit`] for an ordinary send that leaves no facts, where the journal is memory; nothing
    /// has happened where it gives no proof.
    #[inline]
    pub(crate) fn charge(&self, toll: &Toll) -> Option<Committed> {
        if self.journal.is_some() || !toll.row.facts.is_empty() {
            return None;
        }
        lock(&self.books).charge(toll).then_some(Committed(()))
    }

    /// Runs the guard chain and, if it allows, charges and keeps the facts, where the journal is
    /// memory; `None` where it is not. Facts are hashed before the books are held.
    pub(crate) fn keep(&self, demand: &Demand<'_>) -> Option<Result<Committed, Box<Refusal>>> {
        self.is_memory().then(|| self.kept(demand))
    }

    fn kept(&self, demand: &Demand<'_>) -> Result<Committed, Box<Refusal>> {
        let facts = guard::couple(demand);
        let mut books = lock(&self.books);
        guard::evaluate(&books, demand)?;
        books.reserve(demand);
        books.keep(facts);
        Ok(Committed(()))
    }

    /// Runs the guard chain and, if it allows, reserves (or in memory commits) the entry.
    pub(crate) fn admit(&self, demand: &Demand<'_>) -> Result<Admission, Box<Refusal>> {
        let Some(journal) = &self.journal else {
            return self.kept(demand).map(Admission::Committed);
        };
        let facts = guard::couple(demand);
        let mut books = lock(&self.books);
        guard::evaluate(&books, demand)?;
        books.hold(demand);
        let entry = Entry::of(&books, demand, facts);
        let record = Record::Send(Box::new(sent(&books, demand, &entry)));
        drop(books);
        Ok(self.reserved(journal, record, vec![entry]))
    }

    /// Runs the guard chain for each of several demands over what those before it have taken. If it
    /// allows them all, they are one entry; otherwise nothing is taken.
    pub(crate) fn admit_all(&self, demands: &[Demand<'_>]) -> Result<Admission, Box<Refusal>> {
        let facts: Vec<_> = demands.iter().map(guard::couple).collect();
        let mut books = lock(&self.books);
        let mut entries: Vec<Entry> = Vec::with_capacity(demands.len());
        for (demand, facts) in demands.iter().zip(facts) {
            match guard::evaluate(&books, demand) {
                Ok(()) => {
                    books.hold(demand);
                    entries.push(Entry::of(&books, demand, facts));
                }
                Err(refusal) => {
                    for entry in &entries {
                        books.release(entry);
                    }
                    return Err(refusal);
                }
            }
        }
        let Some(journal) = &self.journal else {
            let proofs = entries.iter().map(|_| Committed(())).collect();
            for entry in entries {
                books.spend_held(&entry);
                books.keep(entry.facts);
            }
            return Ok(Admission::Several(proofs));
        };
        let copies = demands.iter().zip(&entries);
        let copies = copies.map(|(demand, entry)| sent(&books, demand, entry));
        let record = Record::Broadcast(copies.collect());
        drop(books);
        Ok(self.reserved(journal, record, entries))
    }

    #[cold]
    fn reserved(&self, journal: &writer::Writer, record: Record, entries: Vec<Entry>) -> Admission {
        let refund = Refund::new(Arc::clone(&self.books), entries);
        let reservation = Reservation::new(record, refund, journal.clone());
        Admission::Reserved(Box::new(reservation))
    }

    /// Joins facts that somebody else has left; those that are known already change nothing. `then`
    /// runs in the ledger's own task; `true`, and it never runs, if the journal is memory.
    pub(crate) fn join(
        &self,
        facts: Vec<Fact>,
        then: impl FnOnce(Result<(), StoreError>) + Send + 'static,
    ) -> bool {
        let facts = {
            let sets = self.sets();
            let held = facts.into_iter().filter(|fact| sets.holds(fact));
            held.collect::<Vec<_>>()
        };
        let Some(journal) = &self.journal else {
            lock(&self.books).merge(facts);
            return true;
        };
        let leaves: Vec<Leaf> = facts.iter().cloned().map(Leaf::from).collect();
        let ids = leaves.iter().map(|leaf| leaf.id);
        let record = Record::Facts(ids.zip(facts).collect());
        let books = Arc::clone(&self.books);
        let settle = move |outcome: Result<Committed, StoreError>| {
            if outcome.is_ok() {
                lock(&books).committed(leaves);
            }
            then(outcome.map(drop));
        };
        journal.submit(record, Box::new(settle));
        false
    }

    /// Queues a record at once, and waits for it when it is polled. `then` changes the books before that,
    /// in the ledger's own task: it is told whether the record is written. The caller holds no books.
    fn write_then(
        &self,
        record: Record,
        then: impl FnOnce(&mut Books, bool) + Send + 'static,
    ) -> BoxFuture<'static, Result<(), StoreError>> {
        let outcome = if let Some(journal) = &self.journal {
            let books = Arc::clone(&self.books);
            let (done, outcome) = futures::channel::oneshot::channel();
            let settle = move |result: Result<Committed, StoreError>| {
                then(&mut lock(&books), result.is_ok());
                // Nobody may be waiting any more.
                drop(done.send(result.map(drop)));
            };
            journal.submit(record, Box::new(settle));
            Some(outcome)
        } else {
            then(&mut self.books(), true);
            None
        };
        Box::pin(wait(outcome))
    }

    /// Queues a record at once, and waits for it when it is polled.
    fn write(&self, record: Record) -> impl Future<Output = Result<(), StoreError>> + Send + use<> {
        let outcome = self.journal.as_ref().map(|journal| {
            let (done, outcome) = futures::channel::oneshot::channel();
            journal.submit(
                record,
                Box::new(move |result| drop(done.send(result.map(drop)))),
            );
            outcome
        });
        wait(outcome)
    }
}

/// Waits for a record's outcome; there is none to wait for where the journal is memory.
async fn wait(
    outcome: Option<futures::channel::oneshot::Receiver<Result<(), StoreError>>>,
) -> Result<(), StoreError> {
    match outcome {
        Some(outcome) => outcome.await.unwrap_or(Err(StoreError::Closed)),
        None => Ok(()),
    }
}

fn sent(books: &Books, demand: &Demand<'_>, entry: &Entry) -> SentRecord {
    SentRecord {
        context: books.context(entry.context).id,
        peer: *demand.peer,
        epoch: entry.epoch,
        cost: entry.row.cost,
        leak: entry.row.leak,
        session: *demand.session,
        step: demand.step,
        label: demand.protocol.label_name(demand.toll.row.label),
        facts: entry
            .facts
            .iter()
            .map(|leaf| (leaf.id, leaf.fact()))
            .collect(),
        log: demand.toll.row.audit_log.filter(|_| !demand.abstains),
    }
}

/// Books stay usable after a panic elsewhere: every change to them is a single assignment.
fn lock<T>(part: &Mutex<T>) -> MutexGuard<'_, T> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}
