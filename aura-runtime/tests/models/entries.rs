//! Entries that race for the same headroom, the groups in which they are written, and the refund of
//! those that are not.

use std::sync::Arc;

use aura_runtime::{
    fact::{FactId, WrittenFact},
    identity::{AuthorityId, ContextId},
    store::Holdings,
};
use loom::{future::block_on, sync::Mutex, thread};

use super::sync::explore;
use crate::{
    ledger::Ledger,
    store::{Record, Store, StoreError},
    verdict::Verdict,
};

/// A disk that fails when it is asked to write this record, with all that is written beside it.
pub(super) struct Disk {
    pub(super) written: Arc<Mutex<Vec<Record>>>,
    pub(super) fails: Option<Record>,
}

impl Store for Disk {
    fn load(&mut self) -> Result<Holdings, StoreError> {
        Ok(Holdings::default())
    }

    fn commit(&mut self, batch: &[Record]) -> Result<(), StoreError> {
        if batch
            .iter()
            .any(|record| Some(record) == self.fails.as_ref())
        {
            return Err(StoreError::Io("full".to_owned()));
        }
        self.written.lock().unwrap().extend_from_slice(batch);
        Ok(())
    }

    fn facts(&mut self, _: &mut dyn FnMut(FactId, WrittenFact<'_>)) -> Result<(), StoreError> {
        Ok(())
    }
}

/// What stands for the charge of an epoch with this number.
pub(super) fn charge(number: u64, epoch: u64) -> Record {
    Record::Budget {
        context: ContextId([0; 32]),
        peer: AuthorityId([0; 32]),
        epoch,
        limit: number,
    }
}

fn record(number: u64) -> Record {
    charge(number, 1)
}

/// One sender: whether its entry was allowed, and written.
pub(super) fn send(ledger: &Ledger, number: u64) -> Option<bool> {
    let reservation = ledger.reserve(1, |epoch| charge(number, epoch))?;
    let (judge, verdict) = Verdict::pending();
    reservation.commit(move |proofs| {
        if let Ok(proofs) = &proofs {
            assert_eq!(proofs.len(), 1, "a proof for the one entry");
        }
        judge.announce(proofs.map(drop));
    });
    Some(block_on(verdict.wait()).is_ok())
}

/// Two senders at once, of whose entries one may fail.
fn race(limit: u64, fails: Option<u64>) {
    let written = Arc::new(Mutex::new(Vec::new()));
    let disk = Disk {
        written: Arc::clone(&written),
        fails: fails.map(record),
    };
    let ledger = Arc::new(Ledger::open(disk, limit));
    let other = {
        let ledger = Arc::clone(&ledger);
        thread::spawn(move || send(&ledger, 1))
    };
    let outcomes = [send(&ledger, 0), other.join().unwrap()];
    let written = written.lock().unwrap();
    let mut committed = 0;
    for (number, outcome) in (0..).zip(outcomes) {
        let is_written = written.contains(&record(number));
        assert_eq!(outcome.unwrap_or(false), is_written, "told as it is");
        committed += u64::from(is_written);
    }
    assert_eq!(
        ledger.spent(),
        committed,
        "charged for what is written, and no more"
    );
    assert_eq!(ledger.written(), committed, "and counted before it is told");
    assert!(committed <= limit, "the headroom is there once");
    let allowed = outcomes.iter().flatten().count();
    assert!(allowed as u64 >= limit.min(1), "one at least is allowed");
}

#[test]
fn the_same_headroom_is_not_spent_twice() {
    explore(2, || race(1, None));
}

#[test]
fn groups_are_written_whole_and_everyone_is_told() {
    explore(2, || race(2, None));
}

#[test]
fn what_was_not_written_is_given_back_before_it_is_told() {
    explore(2, || race(2, Some(0)));
    explore(2, || race(1, Some(0)));
}

/// A reservation that nobody commits gives its headroom back.
#[test]
fn what_is_dropped_is_given_back() {
    explore(2, || {
        let disk = Disk {
            written: Arc::default(),
            fails: None,
        };
        let ledger = Arc::new(Ledger::open(disk, 1));
        let other = {
            let ledger = Arc::clone(&ledger);
            thread::spawn(move || drop(ledger.reserve(1, |_| record(1))))
        };
        let first = send(&ledger, 0);
        other.join().unwrap();
        assert_eq!(ledger.spent(), u64::from(first.is_some()));
    });
}
