//! Roles in one process, joined directly, through the whole guard chain.
#![allow(clippy::unwrap_used, reason = "tests")]

mod request_response;

use std::{sync::Arc, time::Duration};

use aura_runtime::{
    endpoint::Limits,
    guard::Refusal,
    identity::{AuthorityId, ContextId, Identity, Roster, Seat, SessionId},
    ledger::Ledger,
    machine::Observer,
    session::{Room, Session, SessionError},
    store::{MemoryStore, Record},
};
use futures::FutureExt;
use request_response::{
    Client, PROTOCOL, RequestData, RequestResponse, ResponseData, Server, client,
};

struct Stage {
    context: ContextId,
    client: AuthorityId,
    server: AuthorityId,
}

impl Stage {
    fn new() -> Self {
        let client = Identity::from_seed([1; 32]).id();
        let server = Identity::from_seed([2; 32]).id();
        let context = ContextId::derive("group", &[client, server], b"test");
        Self {
            context,
            client,
            server,
        }
    }

    fn room(&self) -> Room<RequestResponse> {
        let seat = |role, authority| Seat {
            role,
            member: 0,
            authority,
        };
        let roster = Roster {
            protocol: PROTOCOL.hash,
            session: SessionId([9; 16]),
            contexts: vec![self.context],
            sizes: vec![],
            seats: vec![seat(0, self.client), seat(1, self.server)],
        };
        Room::new(roster, Limits::default()).unwrap()
    }

    async fn fund(&self, ledger: &Ledger, peer: AuthorityId, limit: u64) {
        ledger.grant(self.context, "send_request");
        ledger.grant(self.context, "send_response");
        ledger
            .declare_budget(self.context, peer, 1, limit)
            .await
            .unwrap();
        ledger
            .declare_leakage(self.context, Observer::Neighbor, 1_000)
            .await
            .unwrap();
    }

    fn join(&self, ledgers: &[Arc<Ledger>; 2]) -> (Session<Client>, Session<Server>) {
        let mut room = self.room();
        (
            room.join(&ledgers[0]).unwrap(),
            room.join(&ledgers[1]).unwrap(),
        )
    }
}

fn request() -> RequestData {
    RequestData { body: "?".into() }
}

fn response() -> ResponseData {
    ResponseData { body: "!".into() }
}

async fn play(client: &mut Session<Client>, server: &mut Session<Server>) -> ResponseData {
    let ask = async {
        let state = client.start()?.send_request(request()).await?;
        Ok::<_, SessionError>(state.send_response().await?.0)
    };
    let answer = async {
        let (asked, state) = server.start()?.send_request().await?;
        assert_eq!(asked, request());
        state.send_response(response()).await?;
        Ok::<_, SessionError>(())
    };
    futures::try_join!(ask, answer).unwrap().0
}

#[tokio::test]
async fn a_run_is_charged_on_both_sides_and_leaves_its_facts() {
    let stage = Stage::new();
    let ledgers = [Ledger::in_memory(), Ledger::in_memory()];
    stage.fund(&ledgers[0], stage.server, 500).await;
    stage.fund(&ledgers[1], stage.client, 500).await;
    let (mut client, mut server) = stage.join(&ledgers);
    assert_eq!(play(&mut client, &mut server).await, response());

    assert_eq!(ledgers[0].budget(stage.context, stage.server).spent, 50);
    assert_eq!(
        ledgers[0].leakage(stage.context, Observer::Neighbor).spent,
        100
    );
    assert!(ledgers[0].facts().is_empty());
    assert_eq!(ledgers[1].budget(stage.context, stage.client).spent, 30);
    let facts = ledgers[1].facts();
    assert_eq!(facts.len(), 1);
    assert_eq!(
        (facts[0].name.as_ref(), facts[0].step),
        ("response_sent", 1)
    );
    assert_eq!(
        (facts[0].author, facts[0].peer),
        (stage.server, stage.client)
    );
}

#[tokio::test]
async fn without_the_capability_nothing_is_charged_and_the_state_goes_on_once_it_is_granted() {
    let stage = Stage::new();
    let ledgers = [Ledger::in_memory(), Ledger::in_memory()];
    stage.fund(&ledgers[0], stage.server, 500).await;
    ledgers[0].revoke(stage.context, "send_request");
    let (mut client, _server) = stage.join(&ledgers);
    let refused = client
        .start()
        .unwrap()
        .send_request(request())
        .await
        .err()
        .unwrap();
    let refused = refused.refused().unwrap();
    assert_eq!(
        refused.reason,
        Refusal::AuthorizationDenied {
            capability: "send_request",
            message: "SendRequest",
            context: stage.context
        }
    );
    assert_eq!(ledgers[0].budget(stage.context, stage.server).spent, 0);
    assert_eq!(
        ledgers[0].leakage(stage.context, Observer::Neighbor).spent,
        0
    );
    ledgers[0].grant(stage.context, "send_request");
    assert!(refused.state.send_request(refused.message).await.is_ok());
}

#[tokio::test]
async fn an_exhausted_budget_refuses_until_its_epoch_advances() {
    let stage = Stage::new();
    let ledgers = [Ledger::in_memory(), Ledger::in_memory()];
    stage.fund(&ledgers[0], stage.server, 49).await;
    let (mut client, _server) = stage.join(&ledgers);
    let refused = client
        .start()
        .unwrap()
        .send_request(request())
        .await
        .err()
        .unwrap();
    let refused = refused.refused().unwrap();
    assert_eq!(
        refused.reason,
        Refusal::InsufficientBudget {
            message: "SendRequest",
            peer: stage.server,
            asked: 50,
            available: 49,
            limit: 49,
            epoch: 1
        }
    );
    assert_eq!(
        ledgers[0].leakage(stage.context, Observer::Neighbor).spent,
        0
    );
    ledgers[0]
        .declare_budget(stage.context, stage.server, 2, 50)
        .await
        .unwrap();
    assert!(refused.state.send_request(refused.message).await.is_ok());
    assert_eq!(ledgers[0].budget(stage.context, stage.server).headroom(), 0);
}

#[tokio::test]
async fn leakage_beyond_the_allowance_refuses_and_charges_nothing() {
    let stage = Stage::new();
    let ledgers = [Ledger::in_memory(), Ledger::in_memory()];
    stage.fund(&ledgers[0], stage.server, 500).await;
    ledgers[0]
        .declare_leakage(stage.context, Observer::Neighbor, 99)
        .await
        .unwrap();
    let (mut client, _server) = stage.join(&ledgers);
    let refused = client
        .start()
        .unwrap()
        .send_request(request())
        .await
        .err()
        .unwrap();
    assert_eq!(
        refused.refused().unwrap().reason,
        Refusal::LeakageExceeded {
            message: "SendRequest",
            observer: Observer::Neighbor,
            asked: 100,
            available: 99
        }
    );
    assert_eq!(ledgers[0].budget(stage.context, stage.server).spent, 0);
}

#[tokio::test]
async fn a_failed_journal_refuses_and_the_receiver_sees_nothing() {
    let stage = Stage::new();
    let store = MemoryStore::default();
    let ledgers = [Ledger::open(store.clone()).unwrap(), Ledger::in_memory()];
    stage.fund(&ledgers[0], stage.server, 500).await;
    let (mut client, mut server) = stage.join(&ledgers);
    store.fail_with(Some("disk full"));
    let refused = client
        .start()
        .unwrap()
        .send_request(request())
        .await
        .err()
        .unwrap();
    let refused = refused.refused().unwrap();
    assert_eq!(
        refused.reason,
        Refusal::JournalCommitFailed {
            message: "SendRequest",
            cause: "disk full".into()
        }
    );
    assert_eq!(refused.message, request());
    assert_eq!(ledgers[0].budget(stage.context, stage.server).spent, 0);
    let waiting = server.start().unwrap().send_request();
    assert!(
        waiting.now_or_never().is_none(),
        "a void parcel is no message"
    );

    store.fail_with(None);
    assert!(refused.state.send_request(refused.message).await.is_ok());
    let request_server::At(asked) = request_server::take(&mut server).await;
    assert_eq!(asked, request());
}

mod request_server {
    use super::{RequestData, Server, Session, request_response::server};

    pub(super) struct At(pub(super) RequestData);

    /// Receives from wherever the session stands.
    pub(super) async fn take(session: &mut Session<Server>) -> At {
        match session.resume().await {
            server::At::SendRequest(state) => At(state.send_request().await.unwrap().0),
            _ => panic!("the server has moved"),
        }
    }
}

#[tokio::test]
async fn nothing_is_delivered_before_the_journal_has_it() {
    let stage = Stage::new();
    let store = MemoryStore::default();
    let ledgers = [Ledger::open(store.clone()).unwrap(), Ledger::in_memory()];
    stage.fund(&ledgers[0], stage.server, 500).await;
    let (mut client, mut server) = stage.join(&ledgers);
    store.hold(true);
    // The future is dropped after submission: commit and delivery finish without it.
    assert!(
        client
            .start()
            .unwrap()
            .send_request(request())
            .now_or_never()
            .is_none()
    );
    assert!(matches!(client.start().err(), Some(SessionError::Moved)));
    assert!(
        server
            .start()
            .unwrap()
            .send_request()
            .now_or_never()
            .is_none()
    );
    assert!(
        !store
            .records()
            .iter()
            .any(|record| matches!(record, Record::Send(_)))
    );

    store.hold(false);
    let request_server::At(asked) = request_server::take(&mut server).await;
    assert_eq!(asked, request());
    assert!(
        store
            .records()
            .iter()
            .any(|record| matches!(record, Record::Send(_)))
    );
    assert!(matches!(client.resume().await, client::At::SendResponse(_)));
    assert_eq!(ledgers[0].budget(stage.context, stage.server).spent, 50);
}

#[tokio::test]
async fn a_send_dropped_before_its_first_poll_does_nothing() {
    let stage = Stage::new();
    let ledgers = [Ledger::in_memory(), Ledger::in_memory()];
    stage.fund(&ledgers[0], stage.server, 500).await;
    let (mut client, _server) = stage.join(&ledgers);
    drop(client.start().unwrap().send_request(request()));
    assert!(matches!(client.resume().await, client::At::SendRequest(_)));
    assert_eq!(ledgers[0].budget(stage.context, stage.server).spent, 0);
}

#[tokio::test]
async fn a_peer_that_leaves_ends_the_wait() {
    let stage = Stage::new();
    let ledgers = [Ledger::in_memory(), Ledger::in_memory()];
    stage.fund(&ledgers[0], stage.server, 500).await;
    let (mut client, server) = stage.join(&ledgers);
    let waiting = client
        .start()
        .unwrap()
        .send_request(request())
        .await
        .ok()
        .unwrap();
    drop(server);
    let lost = tokio::time::timeout(Duration::from_secs(5), waiting.send_response())
        .await
        .unwrap();
    assert_eq!(lost.err(), Some(SessionError::PeerLost { role: "Server" }));
}

#[tokio::test]
async fn sums_and_limits_survive_a_restart() {
    let stage = Stage::new();
    let store = MemoryStore::default();
    {
        let ledgers = [Ledger::open(store.clone()).unwrap(), Ledger::in_memory()];
        stage.fund(&ledgers[0], stage.server, 70).await;
        stage.fund(&ledgers[1], stage.client, 500).await;
        let (mut client, mut server) = stage.join(&ledgers);
        play(&mut client, &mut server).await;
    }
    let ledger = Ledger::open(store).unwrap();
    assert_eq!(ledger.budget(stage.context, stage.server).headroom(), 20);
    assert_eq!(ledger.leakage(stage.context, Observer::Neighbor).spent, 100);
}
