//! Tokens: never wider than what was issued, what they were narrowed to, or the local policy; what was
//! taken back, or is of another epoch, gives nothing to the next send.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

mod request_response;

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use aura_runtime::{
    capability::{Bearer, LONGEST, Rights, TokenError, TokenIssuer},
    endpoint::Limits,
    epoch::Epoch,
    guard::Refusal,
    identity::{AuthorityId, ContextId, Identity, Roster, Seat, SessionId},
    lattice::Meet as _,
    ledger::Ledger,
    machine::Observer,
    session::Room,
    store::MemoryStore,
};
use futures::executor::block_on;
use proptest::{collection::vec, prelude::*};
use request_response::{Client, PROTOCOL, RequestData, RequestResponse, Server};

const HERE: ContextId = ContextId([1; 32]);
const NAMES: [&str; 3] = ["read", "need:write", "send_request"];

fn issuer() -> TokenIssuer {
    TokenIssuer::from_seed(&[7; 32]).unwrap()
}

fn rights(token: &Bearer, epoch: u64, policy: &Rights) -> Rights {
    token.rights(HERE, epoch, policy, &|_| false).unwrap()
}

fn any_rights() -> impl Strategy<Value = Rights> {
    vec((0usize..3, 0u8..4), 0..6).prop_map(|all| {
        let mut rights = Rights::default();
        for (name, argument) in all {
            match argument {
                0 => rights.allow(NAMES[name]),
                _ => rights.allow_for(NAMES[name], vec![vec![argument]]),
            };
        }
        rights
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(if cfg!(debug_assertions) { 24 } else { 400 }))]

    /// What a token gives is exactly the meet of what was issued, each narrowing, and the policy.
    #[test]
    fn a_token_gives_the_meet(
        issued in any_rights(),
        narrowed in vec(any_rights(), 0..3),
        policy in any_rights(),
    ) {
        let mut token = issuer().issue(HERE, &issued, 9).unwrap();
        let mut expected = issued;
        for to in narrowed {
            token = token.narrow(&to, 9).unwrap();
            expected.meet(&to);
        }
        expected.meet(&policy);
        let token = Bearer::from_bytes(&token.bytes().unwrap(), &issuer().public()).unwrap();
        prop_assert_eq!(rights(&token, 1, &policy), expected);
    }
}

fn all() -> Rights {
    let mut all = Rights::default();
    for name in NAMES {
        all.allow(name);
    }
    all
}

#[test]
fn contexts_and_epochs_bound_a_token() {
    let token = issuer().issue(HERE, &all(), 5).unwrap();
    assert_eq!(rights(&token, 5, &all()), all());
    assert!(rights(&token, 6, &all()).is_empty());
    let narrow = token.narrow(&all(), 3).unwrap();
    assert_eq!(rights(&narrow, 3, &all()), all());
    assert!(rights(&narrow, 4, &all()).is_empty());
    assert!(rights(&narrow.narrow(&all(), 99).unwrap(), 4, &all()).is_empty());
    let elsewhere = token.rights(ContextId([2; 32]), 1, &all(), &|_| false);
    assert!(elsewhere.unwrap().is_empty());
}

#[test]
fn a_changed_token_is_none() {
    let token = issuer()
        .issue(HERE, &all(), 5)
        .unwrap()
        .narrow(&all(), 5)
        .unwrap();
    let (good, key) = (token.bytes().unwrap(), issuer().public());
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 1;
        let wider = match Bearer::from_bytes(&bad, &key) {
            // A hint that no signature covers, or the same token in another spelling.
            Ok(token) => rights(&token, 1, &all()) != all(),
            Err(_) => false,
        };
        assert!(!wider, "byte {at}");
    }
    for end in 0..good.len() {
        assert!(
            Bearer::from_bytes(&good[..end], &key).is_err(),
            "{end} bytes"
        );
    }
    let other = TokenIssuer::from_seed(&[8; 32]).unwrap().public();
    assert!(Bearer::from_bytes(&good, &other).is_err());
    let long = vec![0; LONGEST + 1];
    assert_eq!(
        Bearer::from_bytes(&long, &key).unwrap_err(),
        TokenError::Length
    );
}

#[test]
fn secrets_are_not_printed() {
    let token = issuer().issue(HERE, &all(), 5).unwrap();
    assert_eq!(
        format!("{:?} {token:?}", issuer()),
        "TokenIssuer(..) Bearer(..)"
    );
}

fn client() -> AuthorityId {
    Identity::from_seed([1; 32]).id()
}

fn server() -> AuthorityId {
    Identity::from_seed([2; 32]).id()
}

fn epoch(number: u64) -> aura_runtime::epoch::SignedEpoch {
    Epoch {
        context: HERE,
        number,
        limits: BTreeMap::from([(server(), 1 << 40)]),
        parts: BTreeMap::new(),
    }
    .sign(&Identity::from_seed([9; 32]))
}

fn begin(ledger: &Ledger, number: u64) {
    let authority = Identity::from_seed([9; 32]).id();
    block_on(ledger.begin_epoch(&epoch(number), authority)).unwrap();
}

fn ledger() -> Arc<Ledger> {
    let ledger = Ledger::open(MemoryStore::default()).unwrap();
    begin(&ledger, 1);
    block_on(ledger.declare_leakage(HERE, Observer::Neighbor, 1 << 40)).unwrap();
    ledger
}

/// One send that demands `send_request`; whether it was allowed.
fn send(ledger: &Arc<Ledger>, number: u64) -> bool {
    let seat = |role, authority| Seat {
        role,
        member: 0,
        authority,
    };
    let mut session = [0; 16];
    session[..8].copy_from_slice(&number.to_le_bytes());
    let roster = Roster {
        protocol: PROTOCOL.hash,
        session: SessionId(session),
        contexts: vec![HERE],
        sizes: vec![],
        seats: vec![seat(0, client()), seat(1, server())],
    };
    let mut room = Room::<RequestResponse>::new(roster, Limits::default()).unwrap();
    let mut near = room.join::<Client>(ledger).unwrap();
    let _far = room.join::<Server>(&Ledger::in_memory()).unwrap();
    let body = "?".to_owned();
    let state = near.start().unwrap();
    let outcome = block_on(state.send_request(RequestData { body }));
    match outcome {
        Ok(_) => true,
        Err(unsent) => {
            let reason = unsent.refused().unwrap().reason;
            assert!(
                matches!(reason, Refusal::AuthorizationDenied { .. }),
                "{reason}"
            );
            false
        }
    }
}

#[test]
fn a_token_opens_and_its_revocation_closes() {
    let ledger = ledger();
    assert!(!send(&ledger, 0));
    let token = issuer().issue(HERE, &all(), 5).unwrap();
    let narrow = token.narrow(&all(), 5).unwrap();
    ledger.present(HERE, &narrow, &all()).unwrap();
    assert!(send(&ledger, 1));
    // The token that it was narrowed from is taken back.
    block_on(ledger.revoke_token(&token.ids()[0])).unwrap();
    assert!(!send(&ledger, 2));
    assert_eq!(
        ledger.present(HERE, &narrow, &all()),
        Err(TokenError::Revoked)
    );
    // What is held for another reason stays.
    ledger.grant(HERE, "send_request");
    let other = TokenIssuer::from_seed(&[8; 32])
        .unwrap()
        .issue(HERE, &all(), 5)
        .unwrap();
    ledger.present(HERE, &other, &all()).unwrap();
    block_on(ledger.revoke_token(&other.ids()[0])).unwrap();
    assert!(send(&ledger, 3));
    ledger.revoke(HERE, "send_request");
    assert!(!send(&ledger, 4));
}

#[test]
fn a_policy_that_allows_nothing_gives_nothing() {
    let ledger = ledger();
    let token = issuer().issue(HERE, &all(), 5).unwrap();
    let mut policy = Rights::default();
    policy.allow("read");
    ledger.present(HERE, &token, &policy).unwrap();
    assert!(!send(&ledger, 0));
}

#[test]
fn another_epoch_ends_what_tokens_gave() {
    let ledger = ledger();
    let token = issuer().issue(HERE, &all(), 2).unwrap();
    ledger.present(HERE, &token, &all()).unwrap();
    assert!(send(&ledger, 0));
    begin(&ledger, 2);
    assert!(!send(&ledger, 1));
    ledger.present(HERE, &token, &all()).unwrap();
    assert!(send(&ledger, 2));
    begin(&ledger, 3);
    assert!(ledger.present(HERE, &token, &all()).unwrap().is_empty());
    assert!(!send(&ledger, 3));
}

#[test]
fn a_revocation_survives_a_restart() {
    let store = MemoryStore::default();
    let token = issuer().issue(HERE, &all(), 5).unwrap();
    let ledger = Ledger::open(store.clone()).unwrap();
    block_on(ledger.revoke_token(&token.ids()[0])).unwrap();
    let again = Ledger::open(store).unwrap();
    assert_eq!(
        again.present(HERE, &token, &all()),
        Err(TokenError::Revoked)
    );
}

/// Eight threads send while the token is taken back, and while an epoch begins: whoever begins a send
/// after that is refused.
#[test]
fn no_send_overtakes_a_revocation_or_an_epoch() {
    for round in 0..20 {
        let ledger = ledger();
        let token = issuer().issue(HERE, &all(), 9).unwrap();
        ledger.present(HERE, &token, &all()).unwrap();
        let over = AtomicBool::new(false);
        thread::scope(|scope| {
            let senders: Vec<_> = (0..8u64)
                .map(|at| {
                    let (ledger, over) = (&ledger, &over);
                    scope.spawn(move || {
                        let mut allowed = 0;
                        for count in 0.. {
                            let was_over = over.load(Ordering::SeqCst);
                            let sent = send(ledger, at << 32 | count);
                            assert!(!(was_over && sent), "sent after the right was gone");
                            allowed += u64::from(sent);
                            if was_over {
                                return allowed;
                            }
                        }
                        allowed
                    })
                })
                .collect();
            thread::sleep(std::time::Duration::from_millis(3));
            if round % 2 == 0 {
                block_on(ledger.revoke_token(&token.ids()[0])).unwrap();
            } else {
                begin(&ledger, 2);
            }
            over.store(true, Ordering::SeqCst);
            let allowed: u64 = senders.into_iter().map(|it| it.join().unwrap()).sum();
            assert!(allowed > 0);
        });
    }
}
