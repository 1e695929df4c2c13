//! Request and response, synchronisation, search, rendezvous.

use aura_runtime::session::{Answers, LocalError, Session, SessionError};
use futures::future::try_join_all;

use super::stage::Stage;
use crate::{
    cv_sync::{
        StateMsg,
        cv_sync::{CvSync, Replica, ReplicaLocal, replica},
    },
    rendezvous::{
        SbbFlood, SbbRelay, TopicFetch,
        rendezvous::{A, ALocal, B, BLocal, R, Rendezvous, a, b},
    },
    request_response::{
        Decline, SendRequest, SendResponse,
        request_response::{Client, RequestResponse, Server, client::SendResponseOrDecline},
    },
    search::{QueryReply, QueryRequest, search as search_protocol},
};

#[tokio::test]
async fn request_response() {
    for answers in [true, false] {
        let troupe = Stage::<RequestResponse>::new(&[]).await;
        let mut room = troupe.room();
        let mut client = room.join::<Client>(&troupe.ledgers[0]).unwrap();
        let mut server = room.join::<Server>(&troupe.ledgers[1]).unwrap();
        let asks = async {
            let request = SendRequest {
                id: [1; 16],
                body: vec![2],
            };
            let state = client.start()?.send_request(request).await?;
            Ok::<_, SessionError>(match state.receive().await? {
                SendResponseOrDecline::SendResponse(response, _) => Some(response.body),
                SendResponseOrDecline::Decline(..) => None,
            })
        };
        let answering = async {
            let (request, state) = server.start()?.send_request().await?;
            let id = request.id;
            if answers {
                let body = request.body;
                state.send_response(SendResponse { id, body }).await?;
            } else {
                let reason = "no".to_owned();
                state.decline(Decline { id, reason }).await?;
            }
            Ok(())
        };
        let (heard, ()) = futures::try_join!(asks, answering).unwrap();
        assert_eq!(heard, answers.then(|| vec![2]));
    }
}

/// A set of bits that only grows.
struct Bits(u8);

impl ReplicaLocal for Bits {
    async fn join(&mut self, others: &Answers<Replica, StateMsg>) -> Result<(), LocalError> {
        self.0 |= others
            .values()
            .map(|other| other.state[0])
            .fold(0, |a, b| a | b);
        Ok(())
    }
}

#[tokio::test]
async fn cv_sync() {
    let troupe = Stage::<CvSync>::new(&[3, 2]).await;
    let mut room = troupe.room();
    let mut replicas: Vec<_> = (0..3)
        .map(|seat| room.join::<Replica>(&troupe.ledgers[seat]).unwrap())
        .collect();
    let all = replicas.iter_mut().map(|session| async {
        let mut bits = Bits(1 << session.member().index());
        let mut state = session.start()?;
        loop {
            let message = StateMsg {
                epoch: 1,
                state: vec![bits.0],
            };
            let (_, joining) = state.state_msg(message).await?.state_msg().await?;
            match joining.join(&mut bits).await? {
                replica::Round::Again(again) => state = again,
                replica::Round::Done(_) => return Ok::<_, SessionError>(bits.0),
            }
        }
    });
    assert_eq!(try_join_all(all).await.unwrap(), [0b111; 3]);
}

struct Index;

impl search_protocol::ALocal for Index {
    async fn aggregate(
        &mut self,
        replies: &Answers<search_protocol::N, QueryReply>,
    ) -> Result<Vec<[u8; 32]>, LocalError> {
        Ok(replies
            .values()
            .flat_map(|reply| reply.doc.clone())
            .collect())
    }

    async fn report_too_few_answers(&mut self) -> Result<(), LocalError> {
        Ok(())
    }
}

impl search_protocol::NLocal for Index {
    async fn look_up(&mut self, query: &QueryRequest) -> Result<Vec<[u8; 32]>, LocalError> {
        Ok(query.term.iter().map(|_| [5; 32]).collect())
    }
}

async fn searches(
    session: &mut Session<search_protocol::A>,
) -> Result<Option<usize>, SessionError> {
    let query = QueryRequest {
        term: vec!["fish".into()],
        nonce: [0; 16],
    };
    let state = session.start()?.query_request(query).await?;
    match state.query_reply().await? {
        search_protocol::a::QueryReplyOrLate::QueryReply(_, state) => {
            let (found, _) = state.aggregate(&mut Index).await?;
            Ok(Some(found.len()))
        }
        search_protocol::a::QueryReplyOrLate::Late(state) => {
            state.report_too_few_answers(&mut Index).await?;
            Ok(None)
        }
    }
}

#[tokio::test(start_paused = true)]
async fn search() {
    for (willing, found) in [(3, Some(2)), (1, None)] {
        let troupe = Stage::<search_protocol::Search>::new(&[3, 2]).await;
        let mut room = troupe.room();
        let mut asking = room.join(&troupe.ledgers[0]).unwrap();
        let mut neighbours: Vec<_> = (1..4)
            .map(|seat| {
                room.join::<search_protocol::N>(&troupe.ledgers[seat])
                    .unwrap()
            })
            .collect();
        let all = neighbours.iter_mut().map(|session| async {
            let index = session.member().index();
            let (query, state) = session.start()?.query_request().await?;
            let (doc, state) = state.look_up(&mut Index).await?;
            if index < willing {
                let reply = QueryReply {
                    nonce: query.nonce,
                    doc,
                    proof: vec![],
                };
                state.query_reply(reply).await?;
            } else {
                state.abstain().await?;
            }
            Ok::<_, SessionError>(())
        });
        let (heard, _) = futures::try_join!(searches(&mut asking), try_join_all(all)).unwrap();
        assert_eq!(heard, found);
    }
}

struct Envelope;

impl BLocal for Envelope {
    async fn seal_answer(&mut self, _: &Answers<R, SbbRelay>) -> Result<(), LocalError> {
        Ok(())
    }

    async fn seal_cover(&mut self) -> Result<(), LocalError> {
        Ok(())
    }
}

impl ALocal for Envelope {
    async fn open_answer(&mut self, _: &Answers<R, SbbRelay>) -> Result<(), LocalError> {
        Ok(())
    }

    async fn give_up(&mut self) -> Result<(), LocalError> {
        Ok(())
    }
}

fn flood(byte: u8) -> SbbFlood {
    SbbFlood {
        topic: [0; 32],
        cid: [byte; 32],
        body: vec![],
        pad_len: 0,
    }
}

fn relay(flood: SbbFlood) -> SbbRelay {
    let SbbFlood {
        topic,
        cid,
        body,
        pad_len,
    } = flood;
    SbbRelay {
        topic,
        cid,
        body,
        pad_len,
    }
}

#[tokio::test(start_paused = true)]
async fn rendezvous() {
    for relays in [true, false] {
        let troupe = Stage::<Rendezvous>::new(&[2]).await;
        let mut room = troupe.room();
        let mut sender = room.join::<A>(&troupe.ledgers[0]).unwrap();
        let mut between: Vec<_> = (1..3)
            .map(|seat| room.join::<R>(&troupe.ledgers[seat]).unwrap())
            .collect();
        let mut receiver = room.join::<B>(&troupe.ledgers[3]).unwrap();
        let fetch = || TopicFetch { topic: [0; 32] };
        let sends = async {
            let state = sender.start()?.topic_fetch(fetch()).await?;
            Ok::<_, SessionError>(match state.sbb_flood(flood(1)).await?.sbb_relay().await? {
                a::SbbRelayOrLate::SbbRelay(_, state) => {
                    state.open_answer(&mut Envelope).await?;
                    true
                }
                a::SbbRelayOrLate::Late(state) => {
                    state.give_up(&mut Envelope).await?;
                    false
                }
            })
        };
        let finds = async {
            let state = receiver.start()?.topic_fetch(fetch()).await?;
            let (found, state) = match state.sbb_relay().await? {
                b::SbbRelayOrLate::SbbRelay(_, state) => {
                    (true, state.seal_answer(&mut Envelope).await?)
                }
                b::SbbRelayOrLate::Late(state) => (false, state.seal_cover(&mut Envelope).await?),
            };
            state.sbb_flood(flood(2)).await?;
            Ok::<_, SessionError>(found)
        };
        let all = between.iter_mut().map(|session| async {
            let (_, state) = session.start()?.topic_fetch().await?;
            let (_, state) = state.topic_fetch().await?;
            let (offer, state) = state.sbb_flood().await?;
            let state = if relays {
                state.sbb_relay(relay(offer)).await?
            } else {
                state.abstain().await?
            };
            let (answer, state) = state.sbb_flood().await?;
            if relays {
                state.sbb_relay(relay(answer)).await?;
            } else {
                state.abstain().await?;
            }
            Ok::<_, SessionError>(())
        });
        let (opened, found, _) = futures::try_join!(sends, finds, try_join_all(all)).unwrap();
        assert_eq!((opened, found), (relays, relays));
    }
}
