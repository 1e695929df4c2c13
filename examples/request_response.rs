//! One request, one answer, both roles in one process.
//!
//! The protocol stands in a file. Its two sides are joined directly, through the whole guard chain:
//! the request is charged to the client's ledger, the answer to the server's, and the answer leaves
//! a fact. Try to call the methods in another order: it does not compile.

use std::error::Error;

use aura_macros::aura_protocol;
use aura_runtime::{
    endpoint::Limits,
    identity::{AuthorityId, ContextId, Identity, Roster, Seat, SessionId},
    ledger::Ledger,
    machine::Observer,
    session::{Choreography, Room, Session, SessionError},
};
use request_response::{Client, RequestResponse, Server, client};

aura_protocol!("protocols/request_response/request_response.aura");

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let (alice, bob) = (
        Identity::from_seed([1; 32]).id(),
        Identity::from_seed([2; 32]).id(),
    );
    let context = ContextId::derive("relationship", &[alice, bob], b"example");
    let ledgers = [Ledger::in_memory(), Ledger::in_memory()];
    fund(&ledgers[0], context, bob, "send_request").await?;
    fund(&ledgers[1], context, alice, "send_response").await?;

    let seat = |role, authority| Seat {
        role,
        member: 0,
        authority,
    };
    let roster = Roster {
        protocol: RequestResponse::protocol().hash,
        session: SessionId::random()?,
        contexts: vec![context],
        sizes: vec![],
        seats: vec![seat(0, alice), seat(1, bob)],
    };
    let mut room = Room::new(roster, Limits::default())?;
    let mut client: Session<Client> = room.join(&ledgers[0])?;
    let mut server: Session<Server> = room.join(&ledgers[1])?;
    let (answer, ()) = futures::try_join!(ask(&mut client), answer(&mut server))?;

    println!("answer: {answer}");
    for (name, ledger, peer) in [("client", &ledgers[0], bob), ("server", &ledgers[1], alice)] {
        let budget = ledger.budget(context, peer);
        println!("{name}: spent {} of {}", budget.spent, budget.limit);
    }
    for fact in ledgers[1].facts() {
        println!("server: fact {}.{}", fact.namespace, fact.name);
    }
    Ok(())
}

async fn fund(
    ledger: &Ledger,
    context: ContextId,
    peer: AuthorityId,
    capability: &str,
) -> Result<(), Box<dyn Error>> {
    ledger.grant(context, capability);
    ledger.declare_budget(context, peer, 1, 500).await?;
    ledger
        .declare_leakage(context, Observer::External, 1_000_000)
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

async fn answer(session: &mut Session<Server>) -> Result<(), SessionError> {
    let (request, turn) = session.start()?.send_request().await?;
    let body = [&request.body, &b" three pounds"[..]].concat();
    turn.send_response(SendResponse {
        id: request.id,
        body,
    })
    .await?;
    Ok(())
}
