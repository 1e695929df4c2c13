//! One request, one answer, between two processes over mutual TLS, each with a journal on disk.
//!
//! This process is the server. It writes keys and certificates into a folder, listens, and starts
//! itself again as the client. Each pins the other's certificate. When the request arrives, the
//! server looks into the client's journal: the charge is there already. At the end both journals are
//! printed. Give a folder as argument to keep them.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: an example with files, sockets and processes"
)]

use std::{
    error::Error,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
    sync::Arc,
};

use aura_macros::aura_protocol;
use aura_runtime::{
    identity::{AuthorityId, ContextId, Identity, Roster, Seat, SessionId},
    ledger::Ledger,
    machine::Observer,
    node::{Node, NodeLimits},
    session::{Choreography, Session, SessionError},
    store::{SqliteReader, SqliteStore},
    transport::tls::{Tls, Trust},
};
use request_response::{Client, RequestResponse, Server, client};
use tokio::net::TcpListener;

aura_protocol!("protocols/request_response/request_response.aura");

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Outcome<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &*arguments {
        [role, folder, address] if role == "client" => {
            run_client(Path::new(folder), address.parse()?).await
        }
        [folder] => run_server(Path::new(folder)).await,
        [] => run_server(tempfile::tempdir()?.path()).await,
        _ => Err("usage: tls_two_processes [FOLDER]".into()),
    }
}

async fn run_server(folder: &Path) -> Outcome<()> {
    for name in ["client", "server"] {
        make_party(folder, name)?;
    }
    let me = Party::load(folder, "server", "client")?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let child = Command::new(std::env::current_exe()?)
        .arg("client")
        .args([
            folder.as_os_str(),
            listener.local_addr()?.to_string().as_ref(),
        ])
        .spawn()?;

    let node = me.node("send_response").await?;
    let peer = me.peer;
    // The offer stands before the connection does: the client greets at once.
    let mut acceptor = node.offer::<Server>(move |_, initiator| initiator == peer);
    node.attach(me.tls()?.accept(&listener).await?);
    let mut session = acceptor.accept().await?;
    answer(&mut session, &folder.join("client.db")).await?;
    drop(session);

    let child = tokio::task::spawn_blocking(move || child.wait_with_output()).await??;
    node.shutdown(std::time::Duration::from_secs(5)).await;
    if !child.status.success() {
        return Err("the client failed".into());
    }
    for name in ["client", "server"] {
        let journal = SqliteReader::open(folder.join(format!("{name}.db")))?;
        for charge in journal.charges()? {
            println!(
                "{name}.db: step {} {} cost {}",
                charge.step, charge.label, charge.cost
            );
        }
        for fact in journal.facts()? {
            println!("{name}.db: fact {}.{}", fact.namespace, fact.name);
        }
    }
    Ok(())
}

async fn run_client(folder: &Path, address: SocketAddr) -> Outcome<()> {
    let me = Party::load(folder, "client", "server")?;
    let node = me.node("send_request").await?;
    node.attach(me.tls()?.connect(address, me.peer).await?);
    let seat = |role, authority| Seat {
        role,
        member: 0,
        authority,
    };
    let roster = Roster {
        protocol: RequestResponse::protocol().hash,
        session: SessionId::random()?,
        contexts: vec![me.context()],
        sizes: vec![],
        seats: vec![seat(0, me.identity.id()), seat(1, me.peer)],
    };
    let mut session: Session<Client> = node.open(roster).await?;
    println!("client: {:?}", ask(&mut session).await?);
    drop(session);
    node.shutdown(std::time::Duration::from_secs(5)).await;
    Ok(())
}

async fn answer(session: &mut Session<Server>, journal: &Path) -> Result<(), SessionError> {
    let (request, turn) = session.start()?.send_request().await?;
    let charged = SqliteReader::open(journal).and_then(|journal| journal.charges());
    assert_eq!(
        charged.map(|all| all.len()),
        Ok(1),
        "the request is charged before it is sent"
    );
    println!("server: {:?}", String::from_utf8_lossy(&request.body));
    let body = b"three pounds".to_vec();
    turn.send_response(SendResponse {
        id: request.id,
        body,
    })
    .await?;
    Ok(())
}

async fn ask(session: &mut Session<Client>) -> Result<String, SessionError> {
    let request = SendRequest {
        id: [7; 16],
        body: b"how much is the fish?".to_vec(),
    };
    let waiting = session.start()?.send_request(request).await?;
    Ok(match waiting.receive().await? {
        client::SendResponseOrDecline::SendResponse(answer, _) => {
            String::from_utf8_lossy(&answer.body).into_owned()
        }
        client::SendResponseOrDecline::Decline(no, _) => no.reason,
    })
}

/// One side, as its files describe it.
struct Party {
    folder: PathBuf,
    name: String,
    identity: Identity,
    peer: AuthorityId,
    peer_name: String,
}

/// Writes a seed, a certificate and its key.
fn make_party(folder: &Path, name: &str) -> Outcome<()> {
    let made = rcgen::generate_simple_self_signed(vec![name.to_owned()])?;
    let random = SessionId::random()?.0;
    fs::write(
        folder.join(format!("{name}.seed")),
        [random, SessionId::random()?.0].concat(),
    )?;
    fs::write(folder.join(format!("{name}.der")), made.cert.der())?;
    fs::write(
        folder.join(format!("{name}.key")),
        made.signing_key.serialize_der(),
    )?;
    Ok(())
}

impl Party {
    fn load(folder: &Path, name: &str, peer: &str) -> Outcome<Self> {
        let identity = |name: &str| -> Outcome<Identity> {
            let seed = fs::read(folder.join(format!("{name}.seed")))?;
            Ok(Identity::from_seed(seed.as_slice().try_into()?))
        };
        Ok(Self {
            folder: folder.to_owned(),
            name: name.to_owned(),
            identity: identity(name)?,
            peer: identity(peer)?.id(),
            peer_name: peer.to_owned(),
        })
    }

    fn context(&self) -> ContextId {
        ContextId::derive("relationship", &[self.identity.id(), self.peer], b"example")
    }

    /// Mutual TLS with this side's certificate, and the peer's pinned.
    fn tls(&self) -> Outcome<Tls> {
        let read =
            |name: &str, ending: &str| fs::read(self.folder.join(format!("{name}.{ending}")));
        let key = read(&self.name, "key")?.try_into()?;
        let pin = (read(&self.peer_name, "der")?.into(), self.peer);
        Ok(Tls::new(
            vec![read(&self.name, "der")?.into()],
            key,
            Trust::Pinned(vec![pin]),
        )?)
    }

    /// A node over a journal on disk, with a capability, a budget and an allowance.
    async fn node(&self, capability: &str) -> Outcome<Node> {
        let store = SqliteStore::open(self.folder.join(format!("{}.db", self.name)))?;
        let ledger: Arc<Ledger> = Ledger::open(store)?;
        ledger.grant(self.context(), capability);
        ledger
            .declare_budget(self.context(), self.peer, 1, 500)
            .await?;
        ledger
            .declare_leakage(self.context(), Observer::External, 1_000_000)
            .await?;
        let seed = fs::read(self.folder.join(format!("{}.seed", self.name)))?;
        let identity = Identity::from_seed(seed.as_slice().try_into()?);
        Ok(Node::new(identity, ledger, NodeLimits::default()))
    }
}
