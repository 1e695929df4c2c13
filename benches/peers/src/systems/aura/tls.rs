//! Guarded sessions between two nodes over mutual TLS: many at once over one connection, each with
//! one message in flight.

use std::{
    net::SocketAddr,
    sync::mpsc::{Receiver, Sender, channel},
    thread,
    time::Duration,
};

use aura_runtime::{
    identity::SessionId,
    node::Node,
    session::Session,
    transport::tls::{Tls, Trust},
};
use futures::future::try_join_all;
use rcgen::{CertifiedKey, KeyPair};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpListener;

use self::echo::{A, B, Echo, b};
use super::{Fault, Timed, stage::Stage};
use crate::scenario::{Failure, expect, on_a_runtime, timed};

aura_macros::aura_protocol!("protocols/echo.aura");

/// Sends `turns` bodies of `size` bytes in each of `count` sessions and waits for them to come back.
/// Each node has a thread of its own. The time is that of the messages alone.
pub fn run(count: u64, turns: u64, size: usize) -> Timed {
    let certificates = [certificate()?, certificate()?];
    let [near, far] = certificates.each_ref().map(|one| one.cert.der().clone());
    let certificates = certificates.map(|one| (one.cert.der().clone(), one.signing_key));
    let [ours, theirs] = certificates;
    let pins = [near, far];
    let trusted = pins.clone();
    let (tell, hear) = channel();
    let answering = thread::spawn(move || on_a_runtime(answers(count, theirs, &trusted, &tell)));
    let took = on_a_runtime(asks(count, turns, size, ours, &pins, &hear));
    answering
        .join()
        .map_err(|_| "the answering side panicked")??;
    took
}

async fn asks(
    count: u64,
    turns: u64,
    size: usize,
    key: (CertificateDer<'static>, KeyPair),
    pins: &[CertificateDer<'static>; 2],
    hear: &Receiver<SocketAddr>,
) -> Timed {
    let stage = Stage::of::<Echo>();
    let [node, other] = stage.pair().await?;
    let tls = tls(key, pins, [&node, &other])?;
    node.attach(tls.connect(hear.recv()?, other.authority()).await?);
    let mut sessions = Vec::new();
    for number in 0..count {
        let mut roster = stage.roster();
        let mut id = [1; 16];
        id[..8].copy_from_slice(&number.to_le_bytes());
        roster.session = SessionId(id);
        sessions.push(node.open::<A>(roster).await?);
    }
    let body = vec![7; size];
    let asking = sessions
        .iter_mut()
        .map(|session| ask(session, turns, &body));
    let took = timed(async { Ok(try_join_all(asking).await?) }).await?;
    drop(sessions);
    node.shutdown(Duration::from_secs(5)).await;
    Ok(took)
}

async fn answers(
    count: u64,
    key: (CertificateDer<'static>, KeyPair),
    pins: &[CertificateDer<'static>; 2],
    tell: &Sender<SocketAddr>,
) -> Result<(), Failure> {
    let stage = Stage::of::<Echo>();
    let [other, node] = stage.pair().await?;
    let tls = tls(key, pins, [&other, &node])?;
    let mut acceptor = node.offer::<B>(|_, _| true);
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    tell.send(listener.local_addr()?)?;
    node.attach(tls.accept(&listener).await?);
    let mut sessions = Vec::new();
    for _ in 0..count {
        sessions.push(acceptor.accept().await?);
    }
    try_join_all(sessions.iter_mut().map(answer)).await?;
    Ok(())
}

async fn ask(session: &mut Session<A>, turns: u64, body: &[u8]) -> Result<(), Fault> {
    let mut state = session.start()?;
    for _ in 0..turns {
        let said = Said {
            body: body.to_vec(),
        };
        let (answer, next) = state.said(said).await?.again().await?;
        expect(answer.body.len(), body.len())?;
        state = next;
    }
    state.stop().await?;
    Ok(())
}

async fn answer(session: &mut Session<B>) -> Result<(), Fault> {
    let mut state = session.start()?;
    loop {
        match state.receive().await? {
            b::SaidOrStop::Said(said, next) => {
                state = next.again(Again { body: said.body }).await?;
            }
            b::SaidOrStop::Stop(_) => return Ok(()),
        }
    }
}

fn certificate() -> Result<CertifiedKey<KeyPair>, Failure> {
    Ok(rcgen::generate_simple_self_signed(vec![
        "peer.aura".into(),
    ])?)
}

fn tls(
    (certificate, key): (CertificateDer<'static>, KeyPair),
    pins: &[CertificateDer<'static>; 2],
    nodes: [&Node; 2],
) -> Result<Tls, Failure> {
    let pinned = pins.iter().zip(nodes);
    let pinned = pinned.map(|(pin, node)| (pin.clone(), node.authority()));
    let private = PrivateKeyDer::Pkcs8(key.serialize_der().into());
    Ok(Tls::new(
        vec![certificate],
        private,
        Trust::Pinned(pinned.collect()),
    )?)
}
