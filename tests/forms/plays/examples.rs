//! The protocols of the examples, as the examples have them.
#![allow(dead_code, reason = "their `main` is for `cargo run`")]

#[path = "../../../examples/many_sessions.rs"]
mod many_sessions;
#[path = "../../../examples/quorum_with_timeout.rs"]
mod quorum_with_timeout;
#[path = "../../../examples/refused_then_retried.rs"]
mod refused_then_retried;
/// `tls_two_processes` plays the same protocol.
#[path = "../../../examples/request_response.rs"]
mod request_response;
#[path = "../../../examples/ring_of_roles.rs"]
mod ring_of_roles;

use aura_runtime::{
    guard::Refusal,
    session::{Session, Unsent},
};

use self::request_response::{SendRequest, SendResponse};
pub(crate) use self::{
    many_sessions::ping, quorum_with_timeout::snapshot, refused_then_retried::news,
    request_response::request_response as asking, ring_of_roles::ring,
};
use crate::forms::cast::{Part, Seen, Step, Stop, play, sent};

play!(ping::Ping, [], [ping::A, ping::B]);

impl Part for ping::A {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            ping::a::At::ToPing(state) => sent(state.ping(4).await),
            ping::a::At::AwaitPong(state) => {
                seen.hear(format!("pong {}", state.pong().await?.0));
                Ok(true)
            }
            ping::a::At::End(_) => Ok(false),
        }
    }
}

impl Part for ping::B {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            ping::b::At::AwaitPing(state) => {
                seen.hear(format!("ping {}", state.ping().await?.0));
                Ok(true)
            }
            ping::b::At::ToPong(state) => sent(state.pong(5).await),
            ping::b::At::End(_) => Ok(false),
        }
    }
}

play!(
    asking::RequestResponse,
    [],
    [asking::Client, asking::Server]
);

impl Part for asking::Client {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            asking::client::At::ToSendRequest(state) => {
                let request = SendRequest {
                    id: [7; 16],
                    body: b"how much is the fish?".to_vec(),
                };
                sent(state.send_request(request).await)
            }
            asking::client::At::AwaitSendResponseOrDecline(state) => {
                match state.receive().await? {
                    asking::client::SendResponseOrDecline::SendResponse(answer, _) => {
                        seen.hear(format!("{:?}", answer.body));
                    }
                    asking::client::SendResponseOrDecline::Decline(no, _) => seen.hear(no.reason),
                }
                Ok(true)
            }
            asking::client::At::End(_) => Ok(false),
        }
    }
}

impl Part for asking::Server {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            asking::server::At::AwaitSendRequest(state) => {
                let (request, _) = state.send_request().await?;
                seen.hear(format!("{:?}", request.body));
                Ok(true)
            }
            asking::server::At::ToSendResponseOrDecline(state) => {
                let response = SendResponse {
                    id: [7; 16],
                    body: b"three pounds".to_vec(),
                };
                sent(state.send_response(response).await)
            }
            asking::server::At::End(_) => Ok(false),
        }
    }
}

/// Room for an item, and for the end of the news.
const ONE_ITEM: u64 = 50;

play!(news::News, [], [news::Writer, news::Reader], {
    const EPOCHS: bool = true;
});

/// Four items. A budget has room for one of them, so each is refused once and a new epoch begins.
///
/// The writer decides how often the loop goes round. A step that was dropped may have been taken, so
/// it asks its ledger how many items have left.
impl Part for news::Writer {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        let (ledger, context, reader) = (&seen.ledger, seen.context, seen.seats[1]);
        let news::writer::At::ToItemOrEnd(state) = session.resume().await else {
            return Ok(false);
        };
        let budget = ledger.budget(context, reader);
        let next = || ledger.declare_budget(context, reader, budget.epoch + 1, ONE_ITEM);
        let first = seen.note.get().unwrap_or(budget.epoch + 1);
        seen.note.set(Some(first));
        if budget.epoch < first {
            next().await.unwrap();
            return Ok(true);
        }
        let items = budget.epoch - first + u64::from(budget.spent > 0);
        if items == 4 {
            return sent(state.end().await);
        }
        match state.item("news".to_owned()).await {
            Ok(_) => {}
            Err(Unsent::Refused(refused)) => {
                assert!(matches!(
                    refused.reason,
                    Refusal::InsufficientBudget { asked: 40, .. }
                ));
                assert_eq!(refused.message, "news");
                next().await.unwrap();
            }
            Err(Unsent::Fatal(error)) => return Err(Stop::Sending(*error)),
        }
        Ok(true)
    }
}

impl Part for news::Reader {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            news::reader::At::AwaitItemOrEnd(state) => {
                match state.receive().await? {
                    news::reader::ItemOrEnd::Item(item, _) => seen.hear(item),
                    news::reader::ItemOrEnd::End(_) => seen.hear("end"),
                }
                Ok(true)
            }
            news::reader::At::End(_) => Ok(false),
        }
    }
}

play!(snapshot::Snapshot, [5, 3], [snapshot::P, snapshot::Q], {
    const TIMED: bool = true;
});

impl Part for snapshot::P {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            snapshot::p::At::ToPropose(state) => sent(state.propose(7).await),
            snapshot::p::At::AwaitApproveOrLate(state) => {
                match state.approve().await? {
                    snapshot::p::ApproveOrLate::Approve(answers, _) => {
                        seen.hear(format!("{} approve", answers.len()));
                    }
                    snapshot::p::ApproveOrLate::Late(_) => seen.hear("late"),
                }
                Ok(true)
            }
            snapshot::p::At::ToCommit(state) => sent(state.commit(7).await),
            snapshot::p::At::ToAbort(state) => sent(state.abort().await),
            snapshot::p::At::End(_) => Ok(false),
        }
    }
}

impl Part for snapshot::Q {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            snapshot::q::At::AwaitPropose(state) => {
                seen.hear(format!("proposed {}", state.propose().await?.0));
                Ok(true)
            }
            snapshot::q::At::ToApprove(state) => sent(state.approve(7).await),
            snapshot::q::At::AwaitCommitOrAbort(state) => {
                match state.receive().await? {
                    snapshot::q::CommitOrAbort::Commit(..) => seen.hear("commit"),
                    snapshot::q::CommitOrAbort::Abort(_) => seen.hear("abort"),
                }
                Ok(true)
            }
            snapshot::q::At::End(_) => Ok(false),
        }
    }
}

play!(
    ring::Ring,
    [2],
    [ring::North, ring::East, ring::South, ring::West]
);

/// A role that hears a token in each round and passes one on.
macro_rules! passes {
    ($role:ident, $module:ident) => {
        impl Part for ring::$role {
            async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
                match session.resume().await {
                    ring::$module::At::AwaitToken(state) => {
                        seen.hear(format!("token {}", state.token().await?.0));
                        Ok(true)
                    }
                    ring::$module::At::ToToken(state) => {
                        sent(state.token(u64::try_from(seen.count()).unwrap()).await)
                    }
                    ring::$module::At::End(_) => Ok(false),
                }
            }
        }
    };
}

passes!(North, north);
passes!(East, east);
passes!(South, south);
passes!(West, west);
