//! Devices derive one key, from contributors that were fixed before anybody revealed.

use std::time::Duration;

use aura_runtime::{
    effects::crypto::{CryptoEffects, KeyedCrypto},
    session::{Answers, LocalError, Session, SessionError},
};
use futures::future::try_join_all;
use tokio::time::sleep;

use super::stage::Stage;
use crate::dkd::{
    self as derivation, Commit, Confirm, ContributorSet, Derive, Derived, NotDerived, Reveal,
    Reveals,
    dkd::{
        Device, DeviceLocal, Dkd, Initiator, InitiatorLocal,
        device::{ContributorSetOrNotDerived, DerivedOrNotDerived, RevealsOrNotDerived},
        initiator::{CommitOrLate, ConfirmOrLate, RevealOrLate},
    },
};

const ID: [u8; 32] = [1; 32];

/// A device's contribution, and the set that it saw fixed.
struct Contributor {
    crypto: KeyedCrypto,
    number: u16,
    contribution: [u8; 32],
    set: Vec<(u16, [u8; 32])>,
    key: Option<[u8; 32]>,
}

const APP: &str = "notes";
const NONCE: [u8; 32] = [8; 32];

impl Contributor {
    fn new(number: u16) -> Self {
        Self {
            crypto: KeyedCrypto::from_seed([3; 32]),
            number,
            contribution: [u8::try_from(number).unwrap_or(0) + 40; 32],
            set: Vec::new(),
            key: None,
        }
    }
}

impl DeviceLocal for Contributor {
    async fn contribute(&mut self, _: &Derive) -> Result<[u8; 32], LocalError> {
        Ok(derivation::commit(
            &self.crypto,
            self.number,
            &self.contribution,
            &NONCE,
        ))
    }

    async fn derive(&mut self, reveals: &Reveals) -> Result<[u8; 32], LocalError> {
        let domain = (APP, b"context".as_slice());
        self.key = derivation::derive(&self.crypto, domain, &self.set, &reveals.all).ok();
        Ok(self
            .key
            .map_or([0; 32], |key| derivation::check(&self.crypto, &key)))
    }
}

struct Gathering;

impl InitiatorLocal for Gathering {
    async fn open_all(
        &mut self,
        reveals: &Answers<Device, Reveal>,
    ) -> Result<Vec<(u16, [u8; 32], [u8; 32])>, LocalError> {
        let number = |index| u16::try_from(index).unwrap_or(0);
        Ok(reveals
            .iter()
            .map(|(device, reveal)| (number(device.index()), reveal.contribution, reveal.nonce))
            .collect())
    }

    async fn compare(&mut self, confirms: &Answers<Device, Confirm>) -> Result<bool, LocalError> {
        let mut checks = confirms.values().map(|confirm| confirm.check);
        let first = checks.next();
        Ok(checks.all(|check| Some(check) == first))
    }
}

/// Spreads the reveals, the last of them changed if `tampers`.
async fn derives(session: &mut Session<Initiator>, tampers: bool) -> Result<bool, SessionError> {
    let (derivation, app) = (ID, APP.to_owned());
    let ask = Derive {
        derivation,
        app: app.clone(),
        context: b"context".to_vec(),
    };
    let aborting = match session.start()?.derive(ask).await?.commit().await? {
        CommitOrLate::Late(state) => state,
        CommitOrLate::Commit(commits, state) => {
            let number = |index| u16::try_from(index).unwrap_or(0);
            let set = commits
                .iter()
                .map(|(device, commit)| (number(device.index()), commit.commitment))
                .collect();
            let set = ContributorSet {
                derivation,
                app: app.clone(),
                set,
            };
            match state.contributor_set(set).await?.reveal().await? {
                RevealOrLate::Late(state) => state,
                RevealOrLate::Reveal(_, state) => {
                    let (mut all, state) = state.open_all(&mut Gathering).await?;
                    if let (true, Some((_, contribution, _))) = (tampers, all.last_mut()) {
                        contribution[0] ^= 1;
                    }
                    let reveals = Reveals {
                        derivation,
                        app: app.clone(),
                        all,
                    };
                    match state.reveals(reveals).await?.confirm().await? {
                        ConfirmOrLate::Late(state) => state,
                        ConfirmOrLate::Confirm(confirms, state) => {
                            let (same, state) = state.compare(&mut Gathering).await?;
                            let check = confirms.values().next().map_or([0; 32], |own| own.check);
                            let derived = Derived {
                                derivation,
                                app,
                                check,
                            };
                            state.derived(derived).await?;
                            return Ok(same);
                        }
                    }
                }
            }
        }
    };
    let missing = vec![];
    aborting
        .not_derived(NotDerived {
            derivation,
            app,
            missing,
        })
        .await?;
    Ok(false)
}

async fn contributes(
    session: &mut Session<Device>,
    after: Duration,
    withholds: bool,
) -> Result<Option<[u8; 32]>, SessionError> {
    let number = u16::try_from(session.member().index()).unwrap_or(0);
    let mut device = Contributor::new(number);
    let (derivation, app) = (ID, APP.to_owned());
    let (_, state) = session.start()?.derive().await?;
    let (commitment, state) = state.contribute(&mut device).await?;
    sleep(after).await;
    let commit = Commit {
        derivation,
        app: app.clone(),
        commitment,
    };
    let (set, state) = match state.commit(commit).await?.receive().await? {
        ContributorSetOrNotDerived::ContributorSet(set, state) => (set.set, state),
        ContributorSetOrNotDerived::NotDerived(..) => return Ok(None),
    };
    let fixed = set.iter().any(|(device, _)| *device == number);
    device.set = set;
    let state = if fixed && !withholds {
        let reveal = Reveal {
            derivation,
            app: app.clone(),
            contribution: device.contribution,
            nonce: NONCE,
        };
        state.reveal(reveal).await?
    } else {
        state.abstain().await?
    };
    let state = match state.receive().await? {
        RevealsOrNotDerived::Reveals(_, state) => state,
        RevealsOrNotDerived::NotDerived(..) => return Ok(None),
    };
    let (check, state) = state.derive(&mut device).await?;
    let state = if device.key.is_some() {
        let confirm = Confirm {
            derivation,
            app,
            check,
        };
        state.confirm(confirm).await?
    } else {
        state.abstain().await?
    };
    Ok(match state.receive().await? {
        DerivedOrNotDerived::Derived(..) => device.key,
        DerivedOrNotDerived::NotDerived(..) => None,
    })
}

/// The keys of three devices, of which the first two to commit contribute.
async fn derivation(
    after: [u64; 3],
    withholds: Option<usize>,
    tampers: bool,
) -> (bool, Vec<Option<[u8; 32]>>) {
    let troupe = Stage::<Dkd>::new(&[3, 2]).await;
    let mut room = troupe.room();
    let mut initiator = room.join(&troupe.ledgers[0]).unwrap();
    let mut devices: Vec<_> = (1..4)
        .map(|seat| room.join::<Device>(&troupe.ledgers[seat]).unwrap())
        .collect();
    let all = devices.iter_mut().enumerate().map(|(index, session)| {
        let wait = Duration::from_millis(after[index]);
        contributes(session, wait, withholds == Some(index))
    });
    futures::try_join!(derives(&mut initiator, tampers), try_join_all(all)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn dkd() {
    let (same, keys) = derivation([0, 10, 20], None, false).await;
    assert!(same && keys[0].is_some());
    assert_eq!(
        keys, [keys[0]; 3],
        "all devices hold one key, contributors or not"
    );
    // The same contributors in another order of arrival: the same key.
    let (_, again) = derivation([10, 0, 20], None, false).await;
    assert_eq!(again, keys);
    // Other contributors, fixed before the reveal: another key, and again one for all.
    let (_, others) = derivation([20, 0, 10], None, false).await;
    assert_eq!(others, [others[0]; 3]);
    assert_ne!(others, keys);
    // A contributor that withholds its reveal, and an initiator that changes one, leave no key.
    assert_eq!(
        derivation([0, 10, 20], Some(1), false).await,
        (false, vec![None; 3])
    );
    assert_eq!(
        derivation([0, 10, 20], None, true).await,
        (false, vec![None; 3])
    );
}

#[test]
fn a_key_needs_the_reveals_of_the_set_and_no_others() {
    let crypto = KeyedCrypto::from_seed([3; 32]);
    let reveal = |number: u16| (number, [number.to_le_bytes()[0]; 32], NONCE);
    let fix = |number: u16| {
        let (_, contribution, nonce) = reveal(number);
        (
            number,
            derivation::commit(&crypto, number, &contribution, &nonce),
        )
    };
    let domain = (APP, b"".as_slice());
    let key = |set: &[_], all: &[_]| derivation::derive(&crypto, domain, set, all);
    let set = [fix(1), fix(2)];
    assert_eq!(
        key(&set, &[reveal(1), reveal(2)]),
        key(&set, &[reveal(2), reveal(1)])
    );
    let not = |device| Err(derivation::NotTheSet(device));
    assert_eq!(key(&set, &[reveal(1)]), not(2));
    assert_eq!(key(&set, &[reveal(1), reveal(2), reveal(3)]), not(3));
    assert_eq!(key(&set, &[reveal(1), (2, [0; 32], NONCE)]), not(2));
    assert_eq!(key(&[fix(1), fix(1)], &[reveal(1), reveal(1)]), not(1));
    assert_ne!(
        crypto.hash("dkd key", &[b"x"]),
        crypto.hash("dkd check", &[b"x"])
    );
}
