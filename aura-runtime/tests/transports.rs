//! Every transport passes the public conformance suite; one that does not is found.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that open sockets"
)]

mod certificates;

use std::{collections::BTreeMap, net::SocketAddr, time::Duration};

use aura_runtime::{
    conformance::transport::{Place, check, check_within},
    effects::network::NetworkEffects,
    identity::{AuthorityId, Identity},
    transport::{
        Connection, TransportError,
        memory::Hub,
        tcp::TcpNetwork,
        tls::{TlsNetwork, Trust},
    },
};
use certificates::{authority, certificate, tls};
use tokio::net::TcpListener;

fn id(seed: u8) -> AuthorityId {
    Identity::from_seed([seed; 32]).id()
}

/// Two listeners on this machine, and who listens where.
async fn listeners() -> ([TcpListener; 2], BTreeMap<AuthorityId, SocketAddr>) {
    let near = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let far = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let book = [
        (id(1), near.local_addr().unwrap()),
        (id(2), far.local_addr().unwrap()),
    ];
    ([near, far], book.into())
}

fn place<N>(network: N, seed: u8) -> Place<N> {
    Place {
        network,
        authority: id(seed),
    }
}

#[tokio::test]
async fn memory() {
    let hub = Hub::new();
    let (near, far) = (place(hub.seat(id(1)), 1), place(hub.seat(id(2)), 2));
    check(&near, &far).await.unwrap();
    check(&far, &near).await.unwrap();
}

#[tokio::test]
async fn tcp() {
    let ([near, far], book) = listeners().await;
    let near = place(TcpNetwork::new(id(1), near, book.clone()), 1);
    let far = place(TcpNetwork::new(id(2), far, book), 2);
    check(&near, &far).await.unwrap();
}

#[tokio::test]
async fn mutual_tls_with_pinned_certificates() {
    let ([near, far], book) = listeners().await;
    let keys = [certificate("near"), certificate("far")];
    let pin = |at: usize, seed| Trust::Pinned(vec![(keys[at].cert.der().clone(), id(seed))]);
    let near = TlsNetwork::new(tls(&keys[0], pin(1, 2)), near, book.clone());
    let far = TlsNetwork::new(tls(&keys[1], pin(0, 1)), far, book);
    check(&place(near, 1), &place(far, 2)).await.unwrap();
}

#[tokio::test]
async fn mutual_tls_with_a_private_ca() {
    let ([near, far], book) = listeners().await;
    let (root, issue) = authority();
    let trust = || Trust::PrivateCa {
        roots: vec![root.clone()],
        names: [
            ("near.aura".to_owned(), id(1)),
            ("far.aura".to_owned(), id(2)),
        ]
        .into(),
    };
    let near = TlsNetwork::new(tls(&issue("near.aura"), trust()), near, book.clone());
    let far = TlsNetwork::new(tls(&issue("far.aura"), trust()), far, book);
    check(&place(near, 1), &place(far, 2)).await.unwrap();
}

/// A caller who never shows a certificate holds up nobody else.
#[tokio::test]
async fn a_caller_who_says_nothing_holds_up_nobody() {
    let ([near, far], book) = listeners().await;
    let keys = [certificate("near"), certificate("far")];
    let pin = |at: usize, seed| Trust::Pinned(vec![(keys[at].cert.der().clone(), id(seed))]);
    let address = far.local_addr().unwrap();
    let near = TlsNetwork::new(tls(&keys[0], pin(1, 2)), near, book.clone());
    let far = TlsNetwork::new(tls(&keys[1], pin(0, 1)), far, book);
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(tokio::net::TcpStream::connect(address).await.unwrap());
    }
    let both = async { tokio::join!(near.dial(id(2)), far.accept()) };
    let (dialled, accepted) = tokio::time::timeout(Duration::from_secs(5), both)
        .await
        .unwrap();
    assert_eq!(
        (dialled.unwrap().peer, accepted.unwrap().peer),
        (id(2), id(1))
    );
}

/// A network that spoils what it carries in one way.
struct Spoilt {
    inner: aura_runtime::transport::memory::MemoryNetwork,
    how: How,
}

#[derive(Clone, Copy)]
enum How {
    WrongName,
    LosesAByte,
    EndsBothWays,
}

impl NetworkEffects for Spoilt {
    async fn dial(&self, peer: AuthorityId) -> Result<Connection, TransportError> {
        let mut connection = self.inner.dial(peer).await?;
        let (ours, theirs) = tokio::io::duplex(64 << 10);
        let (mut from, mut to) = tokio::io::split(theirs);
        let (mut back, mut forth) = tokio::io::split(connection.stream);
        let how = self.how;
        if let How::WrongName = how {
            connection.peer = id(9);
        }
        let forward = tokio::spawn(async move {
            use tokio::io::{AsyncReadExt, AsyncWriteExt};
            let mut seen = 0;
            let mut bytes = vec![0; 4096];
            while let Ok(count @ 1..) = from.read(&mut bytes).await {
                let mut passed = bytes[..count].to_vec();
                if matches!(how, How::LosesAByte) && (seen..seen + count).contains(&500_000) {
                    passed.remove(500_000 - seen);
                }
                seen += count;
                if forth.write_all(&passed).await.is_err() {
                    return;
                }
            }
            let _ = forth.shutdown().await;
        });
        tokio::spawn(async move {
            let copying = tokio::io::copy(&mut back, &mut to);
            if let How::EndsBothWays = how {
                tokio::select! { _ = copying => {}, _ = forward => {} }
            } else {
                let _ = copying.await;
            }
        });
        connection.stream = Box::new(ours);
        Ok(connection)
    }

    async fn accept(&self) -> Result<Connection, TransportError> {
        self.inner.accept().await
    }
}

#[tokio::test]
async fn a_network_that_does_not_conform_is_found() {
    for (how, property) in [
        (How::WrongName, "both ends know who is there"),
        (
            How::LosesAByte,
            "bytes arrive as they were written, both ways at once",
        ),
        (How::EndsBothWays, "each direction ends on its own"),
    ] {
        let hub = Hub::new();
        let inner = hub.seat(id(1));
        let near = place(Spoilt { inner, how }, 1);
        let far = place(hub.seat(id(2)), 2);
        let failure = check_within(Duration::from_secs(1), &near, &far)
            .await
            .unwrap_err();
        assert_eq!(failure.property, property, "{failure}");
    }
}
