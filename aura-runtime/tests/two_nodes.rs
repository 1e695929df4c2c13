//! Roles on two nodes: handshake, endpoint, transports; what an acceptor declines.
#![allow(clippy::unwrap_used, reason = "tests")]

mod certificates;
mod request_response;

use std::sync::Arc;

use aura_runtime::{
    frame::Decline,
    identity::{AuthorityId, ContextId, Identity, Roster, RosterError, Seat, SessionId},
    ledger::Ledger,
    machine::{Observer, ProtocolHash},
    node::{Node, NodeLimits, OpenError},
    session::{Session, SessionError},
    store::{MemoryStore, Record, SqliteReader, SqliteStore},
    transport::{memory, tls::Trust},
};
use certificates::{certificate, tls};
use request_response::{Client, PROTOCOL, RequestData, ResponseData, Server, client};
use tokio::net::TcpListener;

fn identity(seed: u8) -> Identity {
    Identity::from_seed([seed; 32])
}

fn context() -> ContextId {
    ContextId::derive("group", &[identity(1).id(), identity(2).id()], b"test")
}

fn roster() -> Roster {
    let seat = |role, seed| Seat {
        role,
        member: 0,
        authority: identity(seed).id(),
    };
    Roster {
        protocol: PROTOCOL.hash,
        session: SessionId([4; 16]),
        contexts: vec![context()],
        sizes: vec![],
        seats: vec![seat(0, 1), seat(1, 2)],
    }
}

async fn fund(ledger: &Ledger, peer: AuthorityId) {
    ledger.grant(context(), "send_request");
    ledger.grant(context(), "send_response");
    ledger
        .declare_budget(context(), peer, 1, 500)
        .await
        .unwrap();
    ledger
        .declare_leakage(context(), Observer::Neighbor, 1_000)
        .await
        .unwrap();
}

async fn nodes(ledgers: [Arc<Ledger>; 2]) -> [Node; 2] {
    fund(&ledgers[0], identity(2).id()).await;
    fund(&ledgers[1], identity(1).id()).await;
    let [left, right] = ledgers;
    [
        Node::new(identity(1), left, NodeLimits::default()),
        Node::new(identity(2), right, NodeLimits::default()),
    ]
}

async fn joined(ledgers: [Arc<Ledger>; 2]) -> [Node; 2] {
    let nodes = nodes(ledgers).await;
    let (near, far) = memory::pair(nodes[0].authority(), nodes[1].authority());
    nodes[0].attach(near);
    nodes[1].attach(far);
    nodes
}

async fn open(nodes: &[Node; 2]) -> (Session<Client>, Session<Server>) {
    let mut acceptor = nodes[1].offer::<Server>(|_, _| true);
    let (client, server) = tokio::join!(nodes[0].open::<Client>(roster()), acceptor.accept());
    (client.unwrap(), server.unwrap())
}

async fn play(client: &mut Session<Client>, server: &mut Session<Server>) {
    let ask = async {
        let state = client
            .start()?
            .send_request(RequestData { body: "?".into() })
            .await?;
        Ok::<_, SessionError>(state.send_response().await?.0)
    };
    let answer = async {
        let (asked, state) = server.start()?.send_request().await?;
        state
            .send_response(ResponseData {
                body: asked.body + "!",
            })
            .await?;
        Ok::<_, SessionError>(())
    };
    assert_eq!(futures::try_join!(ask, answer).unwrap().0.body, "?!");
}

#[tokio::test]
async fn a_run_between_two_nodes() {
    let ledgers = [Ledger::in_memory(), Ledger::in_memory()];
    let nodes = joined(ledgers.clone()).await;
    let (mut client, mut server) = open(&nodes).await;
    play(&mut client, &mut server).await;
    assert_eq!(ledgers[0].budget(context(), identity(2).id()).spent, 50);
    assert_eq!(ledgers[1].budget(context(), identity(1).id()).spent, 30);
    assert_eq!(ledgers[1].facts().len(), 1);
}

#[tokio::test]
async fn no_frame_leaves_before_the_journal_has_the_charge() {
    let store = MemoryStore::default();
    let nodes = joined([Ledger::open(store.clone()).unwrap(), Ledger::in_memory()]).await;
    let (mut client, mut server) = open(&nodes).await;
    store.hold(true);
    let sending = client
        .start()
        .unwrap()
        .send_request(RequestData { body: "?".into() });
    let brief = std::time::Duration::from_millis(50);
    // Dropped after submission: the ledger's own task will finish it.
    assert!(tokio::time::timeout(brief, sending).await.is_err());
    assert!(
        tokio::time::timeout(brief, server.start().unwrap().send_request())
            .await
            .is_err()
    );
    assert!(
        !store
            .records()
            .iter()
            .any(|record| matches!(record, Record::Send(_)))
    );
    store.hold(false);
    assert_eq!(
        server.start().unwrap().send_request().await.unwrap().0.body,
        "?"
    );
    assert!(matches!(client.resume().await, client::At::SendResponse(_)));
}

#[tokio::test]
async fn a_failed_journal_sends_nothing_and_the_same_state_goes_on() {
    let store = MemoryStore::default();
    let nodes = joined([Ledger::open(store.clone()).unwrap(), Ledger::in_memory()]).await;
    let (mut client, mut server) = open(&nodes).await;
    store.fail_with(Some("torn"));
    let refused = client
        .start()
        .unwrap()
        .send_request(RequestData { body: "?".into() })
        .await;
    let refused = refused.err().unwrap().refused().unwrap();
    let brief = std::time::Duration::from_millis(50);
    assert!(
        tokio::time::timeout(brief, server.start().unwrap().send_request())
            .await
            .is_err()
    );
    store.fail_with(None);
    assert!(refused.state.send_request(refused.message).await.is_ok());
    assert_eq!(
        server.start().unwrap().send_request().await.unwrap().0.body,
        "?"
    );
}

#[tokio::test]
async fn a_peer_that_dies_is_named() {
    let nodes = joined([Ledger::in_memory(), Ledger::in_memory()]).await;
    let (mut client, server) = open(&nodes).await;
    let asked = client
        .start()
        .unwrap()
        .send_request(RequestData { body: "?".into() })
        .await;
    drop(server);
    nodes[1].shutdown(std::time::Duration::from_secs(5)).await;
    let lost = asked.ok().unwrap().send_response().await.err();
    assert_eq!(lost, Some(SessionError::PeerLost { role: "Server" }));
}

#[tokio::test]
async fn a_payload_beyond_the_cap_is_not_charged() {
    let ledgers = [Ledger::in_memory(), Ledger::in_memory()];
    let nodes = joined(ledgers.clone()).await;
    let (mut client, _server) = open(&nodes).await;
    let body = "x".repeat((1 << 20) + 1);
    let sent = client
        .start()
        .unwrap()
        .send_request(RequestData { body })
        .await;
    assert!(matches!(
        sent.err().unwrap().into(),
        SessionError::Payload { .. }
    ));
    assert_eq!(ledgers[0].budget(context(), identity(2).id()).spent, 0);
    assert!(matches!(client.resume().await, client::At::SendRequest(_)));
}

/// What node 2 says to a roster, when it offers `Server` under a policy.
async fn verdict(roster: Roster, policy: bool) -> OpenError {
    let nodes = joined([Ledger::in_memory(), Ledger::in_memory()]).await;
    let _acceptor = nodes[1].offer::<Server>(move |_, _| policy);
    nodes[0].open::<Client>(roster).await.err().unwrap()
}

#[tokio::test]
async fn an_acceptor_declines_what_does_not_fit() {
    let declined = |reason| OpenError::Declined {
        by: identity(2).id(),
        reason,
    };
    assert_eq!(verdict(roster(), false).await, declined(Decline::Policy));

    let nodes = joined([Ledger::in_memory(), Ledger::in_memory()]).await;
    let unoffered = nodes[0].open::<Client>(roster()).await.err().unwrap();
    assert_eq!(unoffered, declined(Decline::Protocol));

    let mut other = roster();
    other.protocol = ProtocolHash([8; 32]);
    let expected = RosterError::Protocol {
        expected: PROTOCOL.hash,
        found: other.protocol,
    };
    assert_eq!(verdict(other, true).await, OpenError::Roster(expected));

    let mut stranger = roster();
    stranger.seats[1].authority = identity(3).id();
    let absent = OpenError::NotConnected(identity(3).id());
    assert_eq!(verdict(stranger, true).await, absent);

    let mut usurper = roster();
    usurper.seats[0].authority = identity(3).id();
    assert!(matches!(
        verdict(usurper, true).await,
        OpenError::Roster(RosterError::Seat { .. })
    ));
}

#[tokio::test]
async fn a_roster_is_not_played_twice() {
    let nodes = joined([Ledger::in_memory(), Ledger::in_memory()]).await;
    let mut acceptor = nodes[1].offer::<Server>(|_, _| true);
    let (client, server) = tokio::join!(nodes[0].open::<Client>(roster()), acceptor.accept());
    let known = OpenError::Declined {
        by: identity(2).id(),
        reason: Decline::Known,
    };
    assert_eq!(nodes[0].open::<Client>(roster()).await.err(), Some(known));
    drop((client, server));
    let replayed = OpenError::Declined {
        by: identity(2).id(),
        reason: Decline::Replayed,
    };
    assert_eq!(
        nodes[0].open::<Client>(roster()).await.err(),
        Some(replayed)
    );
    let fresh = Roster {
        session: SessionId([5; 16]),
        ..roster()
    };
    let (client, server) = tokio::join!(nodes[0].open::<Client>(fresh), acceptor.accept());
    assert!(client.is_ok() && server.is_ok());
}

#[tokio::test]
async fn a_run_over_mutual_tls_with_journals_on_disk() {
    let folder = tempfile::tempdir().unwrap();
    let files = ["client.db", "server.db"].map(|name| folder.path().join(name));
    let ledgers = files
        .each_ref()
        .map(|file| Ledger::open(SqliteStore::open(file).unwrap()).unwrap());
    let nodes = nodes(ledgers).await;
    let certificates = [certificate("client"), certificate("server")];
    let pin = |at: usize| {
        Trust::Pinned(vec![(
            certificates[at].cert.der().clone(),
            nodes[at].authority(),
        )])
    };
    let sides = [tls(&certificates[0], pin(1)), tls(&certificates[1], pin(0))];
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (near, far) = tokio::join!(
        sides[0].connect(address, nodes[1].authority()),
        sides[1].accept(&listener)
    );
    nodes[0].attach(near.unwrap());
    nodes[1].attach(far.unwrap());
    let (mut client, mut server) = open(&nodes).await;
    play(&mut client, &mut server).await;

    let charges = SqliteReader::open(&files[0]).unwrap().charges().unwrap();
    assert_eq!(charges.len(), 1);
    assert_eq!(
        (charges[0].label.as_str(), charges[0].cost),
        ("SendRequest", 50)
    );
    let journal = SqliteReader::open(&files[1]).unwrap();
    assert_eq!(journal.charges().unwrap()[0].cost, 30);
    assert_eq!(journal.facts().unwrap()[0].name, "response_sent");
    drop((client, server, nodes));
    let reopened = Ledger::open(SqliteStore::open(&files[0]).unwrap()).unwrap();
    assert_eq!(reopened.budget(context(), identity(2).id()).headroom(), 450);
}
