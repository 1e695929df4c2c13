//! The outcome of a write, and those who wait for it.

use loom::{future::block_on, thread};

use super::sync::explore;
use crate::{store::StoreError, verdict::Verdict};

fn two_wait(end: fn(crate::verdict::Judge), outcome: &Result<(), StoreError>) {
    let (judge, verdict) = Verdict::pending();
    let waiting = [0, 1].map(|_| {
        let verdict = verdict.clone();
        thread::spawn(move || block_on(verdict.wait()))
    });
    end(judge);
    for waiting in waiting {
        assert_eq!(&waiting.join().unwrap(), outcome);
    }
    assert_eq!(
        &block_on(verdict.wait()),
        outcome,
        "and whoever comes later"
    );
}

#[test]
fn everyone_who_waits_hears_the_same_word() {
    explore(3, || two_wait(|judge| judge.announce(Ok(())), &Ok(())));
}

#[test]
fn a_judge_that_goes_has_not_committed() {
    explore(3, || two_wait(drop, &Err(StoreError::Closed)));
}
