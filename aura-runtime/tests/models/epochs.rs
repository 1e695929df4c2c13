//! What takes effect between two sends: a right that is taken back, an epoch that begins while entries of
//! the one before are on their way.

use std::sync::Arc;

use loom::{future::block_on, sync::Mutex, thread};

use super::{
    entries::{Disk, charge, send},
    sync::explore,
};
use crate::{ledger::Ledger, store::Record};

fn disk(fails: Option<Record>) -> (Disk, Arc<Mutex<Vec<Record>>>) {
    let written = Arc::new(Mutex::new(Vec::new()));
    let disk = Disk {
        written: Arc::clone(&written),
        fails,
    };
    (disk, written)
}

/// What was written of an epoch's charges.
fn charged(written: &[Record], epoch: u64) -> u64 {
    let charges = (0..4).map(|number| charge(number, epoch));
    charges.filter(|charge| written.contains(charge)).count() as u64
}

/// Whoever has seen that a right was taken back is refused; what was allowed before is written whole.
#[test]
fn a_revocation_takes_effect_before_the_next_send() {
    explore(2, || {
        let (disk, written) = disk(None);
        let ledger = Arc::new(Ledger::open(disk, 3));
        let revoked = Arc::new(Mutex::new(false));
        let other = {
            let (ledger, revoked) = (Arc::clone(&ledger), Arc::clone(&revoked));
            thread::spawn(move || {
                ledger.revoke();
                *revoked.lock().unwrap() = true;
            })
        };
        let mut sent = 0;
        for number in 0..2 {
            let is_revoked = *revoked.lock().unwrap();
            let outcome = send(&ledger, number);
            assert!(outcome.is_none() || !is_revoked, "sent without the right");
            sent += u64::from(outcome.is_some());
        }
        other.join().unwrap();
        assert_eq!(send(&ledger, 2), None);
        assert_eq!(charged(&written.lock().unwrap(), 1), sent);
        assert_eq!(ledger.spent(), sent);
    });
}

/// A send and the next epoch at once: each epoch's charges are within its limit, and what began in an epoch
/// ends in it, also where it could not be written.
fn change(fails: Option<Record>) {
    let (disk, written) = disk(fails);
    let ledger = Arc::new(Ledger::open(disk, 1));
    let other = {
        let ledger = Arc::clone(&ledger);
        thread::spawn(move || send(&ledger, 1))
    };
    let next = Record::Epoch {
        context: aura_runtime::identity::ContextId([0; 32]),
        epoch: 2,
    };
    // A write that fails takes with it what is written beside it.
    while block_on(ledger.begin_epoch(next.clone(), 2, 1)).is_err() {}
    let here = send(&ledger, 0);
    let there = other.join().unwrap();
    let written = written.lock().unwrap();
    let [before, after] = [1, 2].map(|epoch| charged(&written, epoch));
    assert!(before <= 1 && after <= 1, "{before} and {after}");
    let acknowledged = [here, there].into_iter().flatten();
    let acknowledged = acknowledged.filter(|is_written| *is_written).count() as u64;
    assert_eq!(acknowledged, before + after, "told as it is");
    assert_eq!(ledger.headroom(), 1 - after, "of the epoch that is");
    assert_eq!(ledger.spent(), after);
    // Whoever had the old headroom does not have the new.
    assert!(here.is_some() || there.is_some());
}

#[test]
fn an_epoch_that_begins_owes_nothing_to_the_one_before() {
    explore(2, || change(None));
}

#[test]
fn a_refund_of_an_epoch_that_is_over_is_none_in_the_next() {
    explore(1, || change(Some(charge(1, 1))));
}

/// An entry of the epoch before comes to nothing while one of the next is on its way: the headroom of the
/// next is there once.
#[test]
fn a_late_refund_does_not_free_what_is_on_its_way() {
    explore(2, || {
        let (disk, written) = disk(None);
        let ledger = Arc::new(Ledger::open(disk, 1));
        let late = ledger.reserve(1, |epoch| charge(3, epoch)).unwrap();
        let next = Record::Epoch {
            context: aura_runtime::identity::ContextId([0; 32]),
            epoch: 2,
        };
        block_on(ledger.begin_epoch(next, 2, 1)).unwrap();
        let dropping = thread::spawn(move || drop(late));
        let other = {
            let ledger = Arc::clone(&ledger);
            thread::spawn(move || send(&ledger, 1))
        };
        let here = send(&ledger, 0);
        let there = other.join().unwrap();
        dropping.join().unwrap();
        assert_eq!(charged(&written.lock().unwrap(), 2), 1, "the limit is one");
        assert!(here.is_some() != there.is_some());
        assert_eq!((ledger.headroom(), ledger.spent()), (0, 1));
    });
}
