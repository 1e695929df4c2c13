//! The journals of a ledger: what sends and peers have left is there, for each context and each author,
//! as it is in a journal that was never in a store; compaction keeps what facts amount to, takes them
//! out of the store, and survives its being opened again.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that write files"
)]

#[path = "ledger_journals/ground.rs"]
mod ground;
#[path = "ledger_journals/model.rs"]
mod model;
mod request_response;

use std::{collections::BTreeSet, sync::Arc};

use aura_runtime::{
    endpoint::Limits,
    identity::{AuthorityId, Identity, Roster, Seat, SessionId},
    journal::{Cut, JournalError, Namespace},
    ledger::{FactsError, Ledger},
    machine::Observer,
    session::{Room, SessionError},
    store::{Archive as _, MemoryStore, StoreError, audit},
};
use futures::executor::block_on;
use ground::{CONTEXTS, Ground, Reduce, fact, journal, of};
use request_response::{Client, PROTOCOL, RequestData, RequestResponse, ResponseData, Server};

/// One run of a request and its answer, which leaves a fact of the server's.
async fn run(ledgers: [&Arc<Ledger>; 2], session: u8) {
    let [client, server] = [1, 2].map(|seed| Identity::from_seed([seed; 32]).id());
    for (ledger, peer) in [(ledgers[0], server), (ledgers[1], client)] {
        ledger.grant(CONTEXTS[0], "send_request");
        ledger.grant(CONTEXTS[0], "send_response");
        let declared = ledger.declare_budget(CONTEXTS[0], peer, 1, 1 << 40);
        declared.await.unwrap();
        let declared = ledger.declare_leakage(CONTEXTS[0], Observer::Neighbor, 1 << 40);
        declared.await.unwrap();
    }
    let seat = |role, authority| Seat {
        role,
        member: 0,
        authority,
    };
    let roster = Roster {
        protocol: PROTOCOL.hash,
        session: SessionId([session; 16]),
        contexts: vec![CONTEXTS[0]],
        sizes: vec![],
        seats: vec![seat(0, client), seat(1, server)],
    };
    let mut room = Room::<RequestResponse>::new(roster, Limits::default()).unwrap();
    let mut near = room.join::<Client>(ledgers[0]).unwrap();
    let mut far = room.join::<Server>(ledgers[1]).unwrap();
    let ask = async {
        let body = "?".to_owned();
        let state = near.start()?.send_request(RequestData { body }).await?;
        state.send_response().await?;
        Ok::<_, SessionError>(())
    };
    let answer = async {
        let (_, state) = far.start()?.send_request().await?;
        let body = "!".to_owned();
        state.send_response(ResponseData { body }).await?;
        Ok::<_, SessionError>(())
    };
    futures::try_join!(ask, answer).unwrap();
}

#[test]
fn facts_of_sends_are_in_the_journals_of_their_context_and_their_author() {
    for ground in Ground::each() {
        let (client, server) = (Ledger::in_memory(), ground.open());
        let author = Namespace::Authority(Identity::from_seed([2; 32]).id());
        block_on(run([&client, &server], 1));
        // The first half before the journal is read for the first time, the second after it.
        assert_eq!(journal(&server, Namespace::Context(CONTEXTS[0])).len(), 1);
        assert_eq!(journal(&server, author).len(), 1);
        block_on(run([&client, &server], 2));
        for namespace in [Namespace::Context(CONTEXTS[0]), author] {
            let found = journal(&server, namespace);
            let sessions: BTreeSet<_> = found.facts().map(|fact| fact.session).collect();
            assert_eq!(
                sessions,
                BTreeSet::from([SessionId([1; 16]), SessionId([2; 16])])
            );
        }
        assert!(journal(&server, Namespace::Context(CONTEXTS[1])).is_empty());
        drop(server);
        assert_eq!(journal(&ground.open(), author).len(), 2);
    }
}

#[test]
fn what_is_compacted_is_gone_from_the_store_and_its_state_stays() {
    let [here, author] = Namespace::of(&fact(0, 1, 1, 0));
    for ground in Ground::each() {
        let ledger = ground.open();
        let facts = || (0..100).map(|step| fact(0, 1, 1, step));
        block_on(ledger.merge(&of(here, facts()))).unwrap();
        let state = journal(&ledger, here).reduce(&Reduce);
        let cut = Cut::below(AuthorityId([1; 32]), SessionId([1; 16]), 60);
        for (namespace, stored) in [(here, 100), (author, 40)] {
            let snapshot = journal(&ledger, namespace).snapshot(cut.clone(), &Reduce);
            block_on(ledger.compact(&snapshot)).unwrap();
            assert_eq!(journal(&ledger, namespace).len(), 40);
            drop_and_count(&ground, stored);
        }
        drop(ledger);
        for _ in 0..2 {
            let ledger = ground.open();
            for namespace in [here, author] {
                let found = journal(&ledger, namespace);
                assert_eq!((found.len(), found.cut()), (40, &cut));
                assert_eq!(found.reduce(&Reduce), state);
                // Whoever has not compacted yet brings nothing back.
                block_on(ledger.merge(&of(namespace, facts()))).unwrap();
                assert_eq!(journal(&ledger, namespace), found);
            }
        }
        assert_eq!(ground.stored(), 40);
    }
}

/// A file is open once at a time, so it is looked at through a reader while the ledger lives.
fn drop_and_count(ground: &Ground, stored: usize) {
    if let Ground::File(folder) = ground {
        let path = folder.path().join("journal.db");
        let mut reader = aura_runtime::store::SqliteReader::open(path).unwrap();
        assert_eq!(audit(&mut reader), []);
        assert_eq!(reader.head().unwrap().contents, stored as u64);
    } else {
        assert_eq!(ground.stored(), stored);
    }
}

#[test]
fn a_snapshot_that_misses_a_fact_is_refused() {
    let here = Namespace::Context(CONTEXTS[0]);
    for ground in Ground::each() {
        let ledger = ground.open();
        block_on(ledger.merge(&of(here, [fact(0, 1, 1, 1), fact(0, 1, 1, 3)]))).unwrap();
        let cut = Cut::below(AuthorityId([1; 32]), SessionId([1; 16]), 4);
        let snapshot = journal(&ledger, here).snapshot(cut, &Reduce);
        block_on(ledger.merge(&of(here, [fact(0, 1, 1, 2)]))).unwrap();
        let before = journal(&ledger, here);
        let refused = block_on(ledger.compact(&snapshot)).unwrap_err();
        assert_eq!(refused, FactsError::Journal(JournalError::Snapshot));
        assert_eq!(journal(&ledger, here), before);
        drop(ledger);
        assert_eq!(journal(&ground.open(), here), before);
    }
}

#[test]
fn a_state_of_another_type_is_told() {
    let here = Namespace::Context(CONTEXTS[0]);
    let ledger = Ledger::in_memory();
    block_on(ledger.merge(&of(here, [fact(0, 1, 1, 1)]))).unwrap();
    let cut = Cut::below(AuthorityId([1; 32]), SessionId([1; 16]), 4);
    let snapshot = journal(&ledger, here).snapshot(cut, &Reduce);
    block_on(ledger.compact(&snapshot)).unwrap();
    let refused = block_on(ledger.journal::<BTreeSet<String>>(here));
    assert_eq!(refused.unwrap_err(), FactsError::State(here));
}

#[test]
fn what_the_store_does_not_take_is_not_in_the_journal() {
    let here = Namespace::Context(CONTEXTS[0]);
    let store = MemoryStore::default();
    let ledger = Ledger::open(store.clone()).unwrap();
    block_on(ledger.merge(&of(here, [fact(0, 1, 1, 1)]))).unwrap();
    let before = journal(&ledger, here);
    let full = StoreError::Full("no room".to_owned());
    store.fail(Some(full.clone()));
    let refused = block_on(ledger.merge(&of(here, [fact(0, 1, 1, 2)])));
    assert_eq!(refused, Err(FactsError::Store(full)));
    assert_eq!(journal(&ledger, here), before);
    store.fail(None);
    block_on(ledger.merge(&of(here, [fact(0, 1, 1, 2)]))).unwrap();
    assert_eq!(journal(&ledger, here).len(), 2);
    // After an error that leaves open what was written, nothing is written any more.
    store.fail(Some(StoreError::Broken("a flush".to_owned())));
    assert!(block_on(ledger.merge(&of(here, [fact(0, 1, 1, 3)]))).is_err());
    store.fail(None);
    let refused = block_on(ledger.merge(&of(here, [fact(0, 1, 1, 4)])));
    assert!(matches!(
        refused,
        Err(FactsError::Store(StoreError::Broken(_)))
    ));
}
