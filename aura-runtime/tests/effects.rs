//! Tapes and layers around every effect: what was recorded is played back, what differs is told, what
//! may come back is tried again, and every call is counted.
#![allow(clippy::unwrap_used, missing_docs, reason = "tests")]

use std::{
    sync::atomic::{AtomicU32, Ordering},
    time::Duration,
};

use aura_runtime::{
    budget::Budget,
    effects::{
        console::{ConsoleEffects, ScriptedConsole},
        crypto::{CryptoEffects, KeyedCrypto},
        layer::{Counted, Counts, Pauses, Retried, Traced},
        network::NetworkEffects,
        random::{RandomEffects, RandomError, SeededRandom, bytes},
        record::{Difference, Played, Recorded, Tape},
        storage::{MemoryStorage, StorageEffects},
        time::{ManualTimes, TimeEffects, TimeError},
    },
    fact::{FactId, WrittenFact},
    identity::{AuthorityId, ContextId},
    ledger::{Ledger, NoteError},
    machine::Observer,
    store::{Holdings, MemoryStore, Record, Store, StoreError},
    transport::memory::Hub,
};

const CONTEXT: ContextId = ContextId([1; 32]);
const PEER: AuthorityId = AuthorityId([2; 32]);

/// Declares what the guards read, over a journal; what the ledger says of it.
async fn declare(journal: impl Store, limit: u64) -> (Budget, Vec<Result<(), NoteError>>) {
    let ledger = Ledger::open(journal).unwrap();
    let said = vec![
        ledger.declare_budget(CONTEXT, PEER, 1, limit).await,
        ledger
            .declare_leakage(CONTEXT, Observer::Group, 9)
            .await
            .map_err(Into::into),
        ledger.declare_budget(CONTEXT, PEER, 2, limit).await,
    ];
    (ledger.budget(CONTEXT, PEER), said)
}

/// A journal or a source that fails so often before it works.
struct Fails<E>(E, AtomicU32);

impl<E> Fails<E> {
    fn again(&self) -> bool {
        let left = self.1.load(Ordering::Relaxed);
        self.1.store(left.saturating_sub(1), Ordering::Relaxed);
        left > 0
    }
}

impl<E: Store> Store for Fails<E> {
    fn load(&mut self) -> Result<Holdings, StoreError> {
        if self.again() {
            return Err(StoreError::Io("gone".into()));
        }
        self.0.load()
    }

    fn commit(&mut self, batch: &[Record]) -> Result<(), StoreError> {
        if self.again() {
            return Err(StoreError::Io("gone".into()));
        }
        self.0.commit(batch)
    }

    fn facts(&mut self, each: &mut dyn FnMut(FactId, WrittenFact<'_>)) -> Result<(), StoreError> {
        if self.again() {
            return Err(StoreError::Io("gone".into()));
        }
        self.0.facts(each)
    }
}

impl<E: RandomEffects> RandomEffects for Fails<E> {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        if self.again() {
            return Err(RandomError("gone".into()));
        }
        self.0.fill(bytes)
    }
}

fn rewound(tape: &Tape) -> Tape {
    Tape::from_bytes(&tape.bytes()).unwrap()
}

#[tokio::test]
async fn a_journal_is_played_back_with_its_sums_and_its_failures() {
    let store = MemoryStore::default();
    declare(store.clone(), 7).await.1.remove(0).unwrap();
    let tape = Tape::default();
    // The journal that is recorded holds something already, and fails in the middle.
    let failing = Fails(store, AtomicU32::new(0));
    let then = declare(Recorded::new(failing, &tape), 40).await;
    assert_eq!(
        (then.0.epoch, then.0.limit),
        (2, 7),
        "cut in the epoch before"
    );
    let rewound = rewound(&tape);
    assert_eq!(declare(Played::new(&rewound), 40).await, then);
    assert_eq!(rewound.verdict(), Ok(()));

    let store = MemoryStore::default();
    let tape = Tape::default();
    store.fail_with(Some("disk full"));
    let then = declare(Recorded::new(store, &tape), 40).await;
    assert_eq!(then.1[1], Err(StoreError::Io("disk full".into()).into()));
    let rewound = self::rewound(&tape);
    assert_eq!(declare(Played::new(&rewound), 40).await, then);
    assert_eq!(rewound.verdict(), Ok(()));
}

#[tokio::test]
async fn a_journal_that_is_asked_to_write_something_else_says_so() {
    let tape = Tape::default();
    declare(Recorded::new(MemoryStore::default(), &tape), 40).await;
    let rewound = rewound(&tape);
    let (budget, said) = declare(Played::new(&rewound), 41).await;
    assert!(said.iter().all(Result::is_err), "from there on: {said:?}");
    assert_eq!(budget, Budget::default());
    let method = "journal.commit".to_owned();
    assert_eq!(
        rewound.verdict(),
        Err(Difference::Arguments { at: 1, method })
    );
}

#[test]
fn a_group_is_played_back_whatever_its_size() {
    let record = |epoch| Record::Budget {
        context: CONTEXT,
        peer: PEER,
        epoch,
        limit: 1,
    };
    let tape = Tape::default();
    let mut recorded = Recorded::new(MemoryStore::default(), &tape);
    recorded.commit(&[record(1), record(2)]).unwrap();
    recorded.commit(&[record(3)]).unwrap();
    let rewound = rewound(&tape);
    let mut played = Played::new(&rewound);
    played.commit(&[record(1)]).unwrap();
    played.commit(&[record(2), record(3)]).unwrap();
    assert_eq!(rewound.verdict(), Ok(()));
}

/// Every call of a signer.
fn sign(crypto: &impl CryptoEffects, vote: &[u8]) -> ([u8; 32], [u8; 64], bool, bool) {
    let signature = crypto.sign("vote", &[vote]);
    let key = crypto.public();
    let valid = crypto.verify(&key, "vote", &[vote], &signature);
    let other = crypto.verify(&key, "veto", &[vote], &signature);
    (crypto.hash("vote", &[vote]), signature, valid, other)
}

#[test]
fn signatures_are_played_back_without_the_key() {
    let tape = Tape::default();
    let then = sign(
        &Recorded::new(KeyedCrypto::from_seed([7; 32]), &tape),
        b"yes",
    );
    assert_eq!(then, sign(&KeyedCrypto::from_seed([7; 32]), b"yes"));
    assert!(then.2 && !then.3);
    let bytes = tape.bytes();
    assert!(!bytes.windows(32).any(|found| found == [7; 32]), "no seed");
    let rewound = rewound(&tape);
    assert_eq!(sign(&Played::new(&rewound), b"yes"), then);
    assert_eq!(rewound.verdict(), Ok(()));
}

#[test]
fn a_signature_of_something_else_is_none() {
    let tape = Tape::default();
    sign(
        &Recorded::new(KeyedCrypto::from_seed([7; 32]), &tape),
        b"yes",
    );
    let rewound = rewound(&tape);
    let (hash, signature, valid, _) = sign(&Played::new(&rewound), b"no");
    assert_eq!((hash, signature, valid), ([0; 32], [0; 64], false));
    let method = "crypto.sign".to_owned();
    assert_eq!(
        rewound.verdict(),
        Err(Difference::Arguments { at: 0, method })
    );
}

/// A journal that is closed stays closed.
struct Closed;
impl Store for Closed {
    fn load(&mut self) -> Result<Holdings, StoreError> {
        Err(StoreError::Closed)
    }
    fn commit(&mut self, _: &[Record]) -> Result<(), StoreError> {
        Err(StoreError::Closed)
    }
    fn facts(&mut self, _: &mut dyn FnMut(FactId, WrittenFact<'_>)) -> Result<(), StoreError> {
        Err(StoreError::Closed)
    }
}

fn pauses(attempts: u32) -> Pauses {
    Pauses {
        attempts,
        first: Duration::ZERO,
        longest: Duration::ZERO,
    }
}

#[tokio::test]
async fn a_journal_and_a_source_are_tried_again_and_not_for_ever() {
    for (failures, comes_back) in [(2, true), (3, false)] {
        let (store, counts) = (MemoryStore::default(), Counts::default());
        let failing = Fails(store.clone(), AtomicU32::new(failures));
        let mut journal = Retried::new(Counted::new(failing, &counts), pauses(3));
        assert_eq!(journal.load().is_ok(), comes_back);
        assert_eq!(counts.calls(), 3);
        let (_, said) = declare(Retried::new(store, pauses(3)), 5).await;
        assert!(said.iter().all(Result::is_ok));

        let failing = Fails(SeededRandom::new(7), AtomicU32::new(failures));
        let random = Retried::new(failing, pauses(3));
        assert_eq!(bytes::<8>(&random).is_ok(), comes_back);
    }
    let counts = Counts::default();
    let mut journal = Retried::new(Counted::new(Closed, &counts), pauses(9));
    assert_eq!(journal.commit(&[]), Err(StoreError::Closed));
    assert_eq!(counts.calls(), 1);
}

fn both<E>(inner: E, counts: &Counts) -> Counted<Traced<E>> {
    Counted::new(Traced::new(inner), counts)
}

#[tokio::test]
async fn every_call_of_every_effect_is_counted() {
    let counts = Counts::default();
    let seen = || (counts.calls(), counts.failures());

    let hub = Hub::new();
    let (door, caller) = (hub.seat(PEER), hub.caller(AuthorityId([3; 32])));
    let (door, caller) = (both(door, &counts), both(caller, &counts));
    caller.dial(PEER).await.unwrap();
    assert!(caller.dial(AuthorityId([4; 32])).await.is_err());
    door.accept().await.unwrap();
    assert_eq!(seen(), (3, 1), "network");

    let storage = both(MemoryStorage::default(), &counts);
    storage.put("a", b"1").unwrap();
    assert_eq!(storage.get("a").unwrap().as_deref(), Some(&b"1"[..]));
    assert_eq!(storage.names().unwrap(), ["a"]);
    assert!(storage.remove("a").unwrap());
    assert_eq!(seen(), (7, 1), "storage");

    let store = MemoryStore::default();
    let mut journal = both(store.clone(), &counts);
    journal.load().unwrap();
    store.fail_with(Some("disk full"));
    journal.commit(&[]).unwrap_err();
    assert_eq!(seen(), (9, 2), "journal");

    let plain = KeyedCrypto::from_seed([7; 32]);
    let crypto = both(KeyedCrypto::from_seed([7; 32]), &counts);
    assert_eq!(sign(&crypto, b"yes"), sign(&plain, b"yes"));
    assert_eq!(seen(), (14, 3), "crypto: one signature was not valid");

    let random = both(SeededRandom::new(7), &counts);
    let plain: [u8; 8] = bytes(&SeededRandom::new(7)).unwrap();
    assert_eq!(bytes::<8>(&random).unwrap(), plain);
    assert_eq!(seen(), (15, 3), "random");

    let times = both(ManualTimes::starting_at(Duration::from_secs(5)), &counts);
    assert_eq!(times.now(), Duration::ZERO);
    assert_eq!(times.wall(), Ok(Duration::from_secs(5)));
    times.sleep(Duration::ZERO).await;
    assert_eq!(seen(), (18, 3), "time");
    let wrong = ManualTimes::starting_at(Duration::ZERO);
    wrong.fail_with(Some(TimeError::Before1970));
    both(wrong, &counts).wall().unwrap_err();
    assert_eq!(seen(), (19, 4), "time that is none");

    let console = both(ScriptedConsole::answering(&["yes"]), &counts);
    console.say("sure?").unwrap();
    assert_eq!(console.ask("sure?").unwrap().as_deref(), Some("yes"));
    assert_eq!(seen(), (21, 4), "console");
}
