//! Mutual TLS: who is let in, and as whom.
#![allow(clippy::unwrap_used, reason = "tests")]

mod certificates;

use std::collections::BTreeMap;

use aura_runtime::{
    identity::Identity,
    transport::{TransportError, tls::Trust},
};
use certificates::{authority, certificate, tls};
use tokio::net::TcpListener;

fn identity(seed: u8) -> Identity {
    Identity::from_seed([seed; 32])
}

#[tokio::test]
async fn tls_refuses_strangers_and_impostors() {
    let [known, server, stranger] = ["known", "server", "stranger"].map(certificate);
    let (client_id, server_id) = (identity(1).id(), identity(2).id());
    let serving = tls(
        &server,
        Trust::Pinned(vec![(known.cert.der().clone(), client_id)]),
    );
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let pins = |whose| Trust::Pinned(vec![(server.cert.der().clone(), whose)]);

    // A client certificate that nobody pinned.
    let side = tls(&stranger, pins(server_id));
    let (_, accepted) = tokio::join!(side.connect(address, server_id), serving.accept(&listener));
    assert!(matches!(accepted, Err(TransportError::Io(_))));

    // A server certificate that the client did not pin.
    let side = tls(
        &known,
        Trust::Pinned(vec![(stranger.cert.der().clone(), server_id)]),
    );
    let (dialled, _) = tokio::join!(side.connect(address, server_id), serving.accept(&listener));
    assert!(matches!(dialled, Err(TransportError::Io(_))));

    // A certificate that is pinned, for somebody else than was called.
    let side = tls(&known, pins(identity(3).id()));
    let (dialled, _) = tokio::join!(side.connect(address, server_id), serving.accept(&listener));
    assert!(matches!(dialled, Err(TransportError::Impostor { .. })));
}

#[tokio::test]
async fn tls_binds_the_names_of_a_private_ca() {
    let (root, issue) = authority();
    let (client_id, server_id) = (identity(1).id(), identity(2).id());
    let names: BTreeMap<_, _> = [
        ("client.aura".to_owned(), client_id),
        ("server.aura".to_owned(), server_id),
    ]
    .into();
    let trust = Trust::PrivateCa {
        roots: vec![root],
        names,
    };
    let serving = tls(&issue("server.aura"), trust.clone());
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();

    let side = tls(&issue("client.aura"), trust.clone());
    let (dialled, accepted) =
        tokio::join!(side.connect(address, server_id), serving.accept(&listener));
    assert_eq!(
        (dialled.unwrap().peer, accepted.unwrap().peer),
        (server_id, client_id)
    );

    // Signed by the same root, under a name that is nobody's.
    let side = tls(&issue("mallory.aura"), trust.clone());
    let (_, accepted) = tokio::join!(side.connect(address, server_id), serving.accept(&listener));
    assert!(matches!(accepted, Err(TransportError::Unknown)));

    // Signed by the same root, but not whom the client called.
    let side = tls(&issue("client.aura"), trust);
    let (dialled, _) = tokio::join!(side.connect(address, client_id), serving.accept(&listener));
    assert!(matches!(dialled, Err(TransportError::Io(_))));
}
