//! What replicas tell each other: deltas of a state, facts of a journal.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aura_runtime::session::{LocalError, Session, SessionError};
use futures::future::try_join_all;
use tokio::time::sleep;

use super::stage::Stage;
use crate::{
    anti_entropy::{
        Differing, Digest, Lacking, Same, Settled,
        anti_entropy::{
            AntiEntropy, Requester, RequesterLocal, Responder, ResponderLocal,
            requester::SameOrDifferingOrLate,
            responder::{DigestOrLackingOrSettled, DigestOrSettled},
        },
    },
    delta_sync::{
        DeltaAck, DeltaMsg, UpToDate, WholeState,
        delta_sync::{
            DeltaSync, Replica as Copy, ReplicaLocal as CopyLocal, Source, SourceLocal,
            replica::DeltaMsgOrWholeStateOrUpToDate, source,
        },
    },
};

/// One component of a counter, as the source has it and as each replica has acknowledged it.
struct Counter {
    value: u8,
    acknowledged: BTreeMap<u32, u64>,
}

impl SourceLocal for Counter {
    async fn acknowledged(&mut self, _: &DeltaAck) -> Result<(), LocalError> {
        Ok(())
    }
}

impl CopyLocal for Counter {
    async fn join_delta(&mut self, delta: &DeltaMsg) -> Result<(), LocalError> {
        self.value = self.value.max(delta.delta[0]);
        Ok(())
    }

    async fn join_state(&mut self, whole: &WholeState) -> Result<(), LocalError> {
        self.value = self.value.max(whole.state[0]);
        Ok(())
    }
}

/// Five updates, of which the buffer has lost the first two.
async fn sends_deltas(
    session: &mut Session<Source>,
    counter: &mut Counter,
) -> Result<(), SessionError> {
    let (epoch, to) = (1, 5);
    let mut state = session.start()?;
    loop {
        let member = state.delta_msg_peer().map_or(0, |peer| peer.index());
        let waiting = match counter.acknowledged.get(&member).copied() {
            Some(5) => state.up_to_date(UpToDate { epoch, to }).await?,
            Some(from) if from >= 2 => {
                let delta = vec![counter.value];
                state
                    .delta_msg(DeltaMsg {
                        epoch,
                        from,
                        to,
                        delta,
                    })
                    .await?
            }
            _ => {
                let whole = vec![counter.value];
                state
                    .whole_state(WholeState {
                        epoch,
                        to,
                        state: whole,
                    })
                    .await?
            }
        };
        let round = match waiting.delta_ack().await? {
            source::DeltaAckOrLate::DeltaAck(ack, next) => {
                counter.acknowledged.insert(member, ack.to);
                next.acknowledged(counter).await?
            }
            source::DeltaAckOrLate::Late(round) => round,
        };
        match round {
            source::Round::Again(next) => state = next,
            source::Round::Done(_) => return Ok(()),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn delta_sync() {
    // The first is behind the buffer, the second within it, the third is current, and slow.
    let troupe = Stage::<DeltaSync>::new(&[3]).await;
    let mut room = troupe.room();
    let mut source = room.join::<Source>(&troupe.ledgers[0]).unwrap();
    let mut copies: Vec<_> = (1..4)
        .map(|seat| room.join::<Copy>(&troupe.ledgers[seat]).unwrap())
        .collect();
    let mut counter = Counter {
        value: 5,
        acknowledged: BTreeMap::from([(1, 3), (2, 5)]),
    };
    let all = copies.iter_mut().map(|session| async {
        let index = session.member().index();
        let mut own = Counter {
            value: [0, 3, 5][index as usize],
            acknowledged: BTreeMap::new(),
        };
        let (how, state) = match session.start()?.receive().await? {
            DeltaMsgOrWholeStateOrUpToDate::DeltaMsg(_, state) => {
                ("delta", state.join_delta(&mut own).await?)
            }
            DeltaMsgOrWholeStateOrUpToDate::WholeState(_, state) => {
                ("whole", state.join_state(&mut own).await?)
            }
            DeltaMsgOrWholeStateOrUpToDate::UpToDate(_, state) => ("current", state),
        };
        if index == 1 {
            sleep(Duration::from_secs(2)).await;
        }
        state.delta_ack(DeltaAck { epoch: 1, to: 5 }).await?;
        Ok::<_, SessionError>((how, own.value))
    });
    let ((), heard) =
        futures::try_join!(sends_deltas(&mut source, &mut counter), try_join_all(all)).unwrap();
    assert_eq!(heard, [("whole", 5), ("delta", 5), ("current", 5)]);
    // The late acknowledgement changed nothing, so its interval will be sent again.
    assert_eq!(
        counter.acknowledged,
        BTreeMap::from([(0, 5), (1, 3), (2, 5)])
    );
}

/// A journal of facts that are one byte each, all in one bucket.
struct Journal(BTreeSet<u8>);

impl Journal {
    fn digest(&self) -> Digest {
        let mut hash = [0; 32];
        for (place, fact) in hash.iter_mut().zip(&self.0) {
            *place = *fact;
        }
        Digest {
            epoch: 1,
            buckets: vec![hash],
        }
    }

    fn facts(&self) -> Vec<Vec<u8>> {
        self.0.iter().map(|fact| vec![*fact]).collect()
    }
}

impl RequesterLocal for Journal {
    async fn merge(&mut self, theirs: &Differing) -> Result<Vec<Vec<u8>>, LocalError> {
        let have: BTreeSet<u8> = theirs.have.iter().map(|id| id[0]).collect();
        let lacking = self.0.difference(&have).map(|fact| vec![*fact]).collect();
        self.0.extend(theirs.facts.iter().map(|fact| fact[0]));
        Ok(lacking)
    }
}

impl ResponderLocal for Journal {
    async fn merge(&mut self, lacking: &Lacking) -> Result<(), LocalError> {
        self.0.extend(lacking.facts.iter().map(|fact| fact[0]));
        Ok(())
    }
}

async fn requests(session: &mut Session<Requester>) -> Result<(u32, BTreeSet<u8>), SessionError> {
    let mut journal = Journal(BTreeSet::from([1, 2]));
    let mut late = 0;
    let mut state = session.start()?;
    loop {
        state = match state.digest(journal.digest()).await?.receive().await? {
            SameOrDifferingOrLate::Same(_, state) => {
                state.settled(Settled { epoch: 1 }).await?;
                return Ok((late, journal.0));
            }
            SameOrDifferingOrLate::Differing(_, state) => {
                let (facts, state) = state.merge(&mut journal).await?;
                state.lacking(Lacking { epoch: 1, facts }).await?
            }
            SameOrDifferingOrLate::Late(state) => {
                late += 1;
                state
            }
        };
    }
}

/// Answers, the first time after so many seconds.
async fn responds(
    session: &mut Session<Responder>,
    mut after: u64,
) -> Result<BTreeSet<u8>, SessionError> {
    let mut journal = Journal(BTreeSet::from([2, 3]));
    let (mut digest, mut state) = match session.start()?.receive().await? {
        DigestOrSettled::Digest(digest, state) => (digest, state),
        DigestOrSettled::Settled(..) => return Ok(journal.0),
    };
    loop {
        sleep(Duration::from_secs(std::mem::take(&mut after))).await;
        let waiting = if digest.buckets == journal.digest().buckets {
            match state.same(Same { epoch: 1 }).await?.receive().await? {
                DigestOrSettled::Digest(next, again) => Err((next, again)),
                DigestOrSettled::Settled(..) => return Ok(journal.0),
            }
        } else {
            let facts = journal.facts();
            let have = journal.0.iter().map(|fact| [*fact; 32]).collect();
            let differing = Differing {
                epoch: 1,
                have,
                facts,
            };
            match state.differing(differing).await?.receive().await? {
                DigestOrLackingOrSettled::Lacking(_, state) => {
                    Ok(state.merge(&mut journal).await?)
                }
                DigestOrLackingOrSettled::Digest(next, again) => Err((next, again)),
                DigestOrLackingOrSettled::Settled(..) => return Ok(journal.0),
            }
        };
        (digest, state) = match waiting {
            Err(next) => next,
            Ok(waiting) => match waiting.receive().await? {
                DigestOrSettled::Digest(next, again) => (next, again),
                DigestOrSettled::Settled(..) => return Ok(journal.0),
            },
        };
    }
}

#[tokio::test(start_paused = true)]
async fn anti_entropy() {
    for (after, given_up) in [(0, 0), (7, 1)] {
        let troupe = Stage::<AntiEntropy>::new(&[]).await;
        let mut room = troupe.room();
        let mut requester = room.join(&troupe.ledgers[0]).unwrap();
        let mut responder = room.join(&troupe.ledgers[1]).unwrap();
        let ((late, asked), answered) =
            futures::try_join!(requests(&mut requester), responds(&mut responder, after)).unwrap();
        assert_eq!(late, given_up);
        assert_eq!((asked, answered), ([1, 2, 3].into(), [1, 2, 3].into()));
    }
}
