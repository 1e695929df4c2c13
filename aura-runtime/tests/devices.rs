//! Several devices of one authority: what they hand on and tell each other, what of it a ledger does
//! not believe, and what is left of it after a restart.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that write files"
)]

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use aura_runtime::{
    budget::shared::SharedBudget,
    epoch::{Epoch, SignedEpoch},
    identity::{AuthorityId, ContextId, DeviceId, Identity},
    ledger::{Ledger, NoteError, ShareError},
    store::{
        Damage, MemoryStore, Record, SqliteReader, SqliteStore, Store as _, StoreError, audit,
    },
};
use futures::executor::block_on;
use serde::Serialize;

const CONTEXT: ContextId = ContextId([7; 32]);
const PEER: AuthorityId = AuthorityId([8; 32]);
const PHONE: DeviceId = DeviceId([1; 32]);
const LAPTOP: DeviceId = DeviceId([2; 32]);
const STRANGER: DeviceId = DeviceId([3; 32]);

fn authority() -> Identity {
    Identity::from_seed([9; 32])
}

/// An epoch with a limit of 100: 60 for the phone, 40 for the laptop.
fn epoch(number: u64) -> SignedEpoch {
    let part = |amount| BTreeMap::from([(PEER, amount)]);
    let parts = BTreeMap::from([(PHONE, part(60)), (LAPTOP, part(40))]);
    let epoch = Epoch {
        context: CONTEXT,
        number,
        limits: BTreeMap::from([(PEER, 100)]),
        parts: BTreeMap::from([(authority().id(), parts)]),
    };
    epoch.sign(&authority())
}

fn begin(ledger: &Ledger, number: u64) {
    block_on(ledger.begin_epoch(&epoch(number), authority().id())).unwrap();
}

fn ledger(device: DeviceId) -> Arc<Ledger> {
    let ledger = Ledger::in_memory_as(device);
    begin(&ledger, 1);
    ledger
}

fn export(ledger: &Ledger) -> SharedBudget {
    ledger.export_budget(CONTEXT, PEER).unwrap()
}

fn merge(ledger: &Ledger, other: &SharedBudget) -> Result<(), NoteError> {
    block_on(ledger.merge_budget(CONTEXT, PEER, other))
}

fn refused(ledger: &Ledger, other: &SharedBudget) -> ShareError {
    let before = (export(ledger), ledger.headroom(CONTEXT, PEER));
    let Err(NoteError::Share(error)) = merge(ledger, other) else {
        panic!("{other:?} was taken")
    };
    assert_eq!((export(ledger), ledger.headroom(CONTEXT, PEER)), before);
    error
}

fn transfer(ledger: &Ledger, to: DeviceId, amount: u64) -> Result<(), NoteError> {
    block_on(ledger.transfer_headroom(CONTEXT, PEER, to, amount))
}

/// A budget as somebody may write it who does not keep to the rules.
#[derive(Serialize)]
struct Forged {
    epoch: u64,
    limit: u64,
    allotted: BTreeMap<DeviceId, u64>,
    rows: BTreeMap<DeviceId, (u64, BTreeMap<DeviceId, u64>)>,
}

impl Forged {
    fn budget(&self) -> SharedBudget {
        postcard::from_bytes(&postcard::to_stdvec(self).unwrap()).unwrap()
    }
}

fn forged(row: (DeviceId, u64, &[(DeviceId, u64)])) -> SharedBudget {
    let (device, spent, given) = row;
    let forged = Forged {
        epoch: 1,
        limit: 100,
        allotted: BTreeMap::from([(PHONE, 60), (LAPTOP, 40)]),
        rows: BTreeMap::from([(device, (spent, given.iter().copied().collect()))]),
    };
    forged.budget()
}

#[test]
fn headroom_goes_where_it_is_handed() {
    let (phone, laptop) = (ledger(PHONE), ledger(LAPTOP));
    assert_eq!(phone.headroom(CONTEXT, PEER), 60);
    transfer(&laptop, PHONE, 30).unwrap();
    assert_eq!(laptop.headroom(CONTEXT, PEER), 10);
    assert_eq!(
        phone.headroom(CONTEXT, PEER),
        60,
        "nobody has told the phone"
    );
    for _ in 0..2 {
        merge(&phone, &export(&laptop)).unwrap();
        assert_eq!(phone.headroom(CONTEXT, PEER), 90);
    }
    assert_eq!(
        transfer(&laptop, PHONE, 11),
        Err(NoteError::Share(ShareError::Insufficient(
            aura_runtime::budget::shared::Insufficient {
                asked: 11,
                available: 10
            }
        )))
    );
}

#[test]
fn a_cut_comes_in_with_the_rows() {
    let (phone, laptop) = (ledger(PHONE), ledger(LAPTOP));
    block_on(laptop.cut_budget(CONTEXT, PEER, 25)).unwrap();
    assert_eq!(laptop.headroom(CONTEXT, PEER), 25);
    merge(&phone, &export(&laptop)).unwrap();
    assert_eq!(phone.headroom(CONTEXT, PEER), 25);
    merge(&phone, &forged((LAPTOP, 20, &[]))).unwrap();
    assert_eq!(phone.headroom(CONTEXT, PEER), 5);
    block_on(phone.cut_budget(CONTEXT, PEER, 90)).unwrap();
    assert_eq!(phone.headroom(CONTEXT, PEER), 5, "a limit is never raised");
}

#[test]
fn what_cannot_be_is_not_believed() {
    let phone = ledger(PHONE);
    assert_eq!(
        refused(&phone, &forged((LAPTOP, 41, &[]))),
        ShareError::Overdrawn(LAPTOP)
    );
    assert_eq!(
        refused(&phone, &forged((LAPTOP, 1, &[(PHONE, 40)]))),
        ShareError::Overdrawn(LAPTOP)
    );
    assert_eq!(
        refused(&phone, &forged((LAPTOP, u64::MAX, &[(PHONE, u64::MAX)]))),
        ShareError::Overdrawn(LAPTOP)
    );
    assert_eq!(
        refused(&phone, &forged((LAPTOP, 0, &[(STRANGER, 1)]))),
        ShareError::Overdrawn(LAPTOP)
    );
    assert_eq!(
        refused(&phone, &forged((STRANGER, 1, &[]))),
        ShareError::Overdrawn(STRANGER)
    );
    let theirs = SharedBudget::open(1, 100, BTreeMap::from([(STRANGER, 100)]));
    assert_eq!(refused(&phone, &theirs), ShareError::Stranger(STRANGER));
    assert_eq!(
        refused(&phone, &forged((PHONE, 1, &[]))),
        ShareError::OlderImage
    );
    let sole = Ledger::in_memory();
    block_on(sole.declare_budget(CONTEXT, PEER, 1, 70)).unwrap();
    assert_eq!(
        merge(&sole, &export(&phone)),
        Err(ShareError::Undivided.into())
    );
    assert_eq!(
        transfer(&sole, LAPTOP, 1),
        Err(ShareError::Undivided.into())
    );
    for nobody in [STRANGER, PHONE] {
        assert_eq!(
            transfer(&phone, nobody, 1),
            Err(ShareError::Stranger(nobody).into())
        );
    }
}

#[test]
fn epochs_begin_by_attestation_alone() {
    let (phone, laptop) = (ledger(PHONE), ledger(LAPTOP));
    begin(&laptop, 2);
    let unattested = |epoch, known| ShareError::Unattested { epoch, known };
    assert_eq!(refused(&phone, &export(&laptop)), unattested(2, 1));
    assert_eq!(
        block_on(phone.declare_budget(CONTEXT, PEER, 2, 500)),
        Err(unattested(2, 1).into())
    );
    let before = export(&laptop);
    merge(&laptop, &export(&phone)).unwrap();
    assert_eq!(export(&laptop), before, "an old epoch does not return");
    // Where the context's epochs are attested, an only device declares none either.
    let sole = Ledger::in_memory();
    block_on(sole.declare_budget(CONTEXT, PEER, 1, 70)).unwrap();
    let other = Epoch {
        context: CONTEXT,
        number: 2,
        limits: BTreeMap::from([(PEER, 50)]),
        parts: BTreeMap::new(),
    };
    block_on(sole.begin_epoch(&other.sign(&authority()), authority().id())).unwrap();
    assert_eq!(sole.headroom(CONTEXT, PEER), 50);
    assert_eq!(
        block_on(sole.declare_budget(CONTEXT, PEER, 3, 500)),
        Err(unattested(3, 2).into())
    );
    block_on(sole.declare_budget(CONTEXT, PEER, 2, 20)).unwrap();
    assert_eq!(sole.headroom(CONTEXT, PEER), 20, "a cut is no epoch");
}

#[test]
fn a_device_without_a_part_has_nothing() {
    let stranger = ledger(STRANGER);
    assert_eq!(stranger.headroom(CONTEXT, PEER), 0);
    assert_eq!(
        refused(&stranger, &export(&ledger(PHONE))),
        ShareError::Stranger(PHONE)
    );
}

fn open(path: &Path, device: DeviceId) -> Result<Arc<Ledger>, StoreError> {
    Ledger::open_as(device, SqliteStore::open(path)?)
}

#[test]
fn parts_and_transfers_survive_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let laptop = ledger(LAPTOP);
    transfer(&laptop, PHONE, 5).unwrap();
    let phone = open(&path, PHONE).unwrap();
    begin(&phone, 1);
    transfer(&phone, LAPTOP, 20).unwrap();
    merge(&phone, &export(&laptop)).unwrap();
    block_on(phone.cut_budget(CONTEXT, PEER, 90)).unwrap();
    let known = export(&phone);
    assert_eq!(known.held(PHONE), 45);
    drop(phone);
    assert!(audit(&mut SqliteReader::open(&path).unwrap()).is_empty());
    let phone = open(&path, PHONE).unwrap();
    assert_eq!(export(&phone), known);
    assert_eq!(phone.headroom(CONTEXT, PEER), 45);
    assert_eq!(phone.device(), PHONE);
    drop(phone);
    // A store is one device's for good.
    let device = LAPTOP;
    let other = StoreError::Device {
        found: PHONE,
        device,
    };
    assert_eq!(open(&path, LAPTOP).unwrap_err(), other);
    let phone = Ledger::open(SqliteStore::open(&path).unwrap()).unwrap();
    assert_eq!((phone.device(), export(&phone)), (PHONE, known));
}

/// The phone's file of the morning is put back in the evening; the laptop has seen more.
#[test]
fn an_older_image_is_told_by_another_device() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let laptop = ledger(LAPTOP);
    let settle = || drop(SqliteStore::open(&path).unwrap());
    begin(&open(&path, PHONE).unwrap(), 1);
    settle();
    let image = fs::read(&path).unwrap();
    let phone = open(&path, PHONE).unwrap();
    transfer(&phone, LAPTOP, 20).unwrap();
    merge(&laptop, &export(&phone)).unwrap();
    drop(phone);
    settle();
    fs::write(&path, image).unwrap();
    let phone = open(&path, PHONE).unwrap();
    assert_eq!(
        merge(&phone, &export(&laptop)),
        Err(ShareError::OlderImage.into())
    );
}

#[test]
fn a_store_tells_rows_that_cannot_be() {
    let folder = tempfile::tempdir().unwrap();
    let found = |name: &str, budget: SharedBudget| {
        let path = folder.path().join(name);
        let mut store = SqliteStore::open(&path).unwrap();
        let (context, peer) = (CONTEXT, PEER);
        let shared = Record::Shared {
            context,
            peer,
            budget,
        };
        store.commit(&[Record::Device(PHONE), shared]).unwrap();
        drop(store);
        audit(&mut SqliteReader::open(&path).unwrap())
    };
    for (name, budget) in [
        ("overdrawn", forged((LAPTOP, 41, &[]))),
        ("more than was charged", forged((PHONE, 1, &[]))),
    ] {
        let damage = found(name, budget);
        assert!(matches!(damage[..], [Damage::Shared { .. }]), "{damage:?}");
    }
    assert_eq!(found("whole", forged((LAPTOP, 40, &[]))), []);
}

/// A cut counts before the journal has it, and what was handed over only then.
#[test]
fn what_takes_away_counts_at_once() {
    let store = MemoryStore::default();
    let phone = Ledger::open_as(PHONE, store.clone()).unwrap();
    begin(&phone, 1);
    let laptop = ledger(LAPTOP);
    transfer(&laptop, PHONE, 30).unwrap();
    block_on(laptop.cut_budget(CONTEXT, PEER, 80)).unwrap();
    store.hold(true);
    let merging = {
        let (phone, rows) = (Arc::clone(&phone), export(&laptop));
        std::thread::spawn(move || merge(&phone, &rows))
    };
    while phone.budget(CONTEXT, PEER).limit == 100 {
        std::thread::yield_now();
    }
    assert_eq!(phone.headroom(CONTEXT, PEER), 60);
    store.hold(false);
    merging.join().unwrap().unwrap();
    assert_eq!(phone.headroom(CONTEXT, PEER), 80);
    store.fail_with(Some("no"));
    assert!(block_on(phone.cut_budget(CONTEXT, PEER, 10)).is_err());
    assert_eq!(phone.headroom(CONTEXT, PEER), 10, "cut all the same");
    assert!(transfer(&phone, LAPTOP, 1).is_err());
    store.fail_with(None);
    assert_eq!(export(&phone).held(PHONE), 90, "nothing was handed on");
}
