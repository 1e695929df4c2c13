//! An epoch is attested, postponed, and learnt by somebody who was away.

use aura_runtime::session::{Answers, LocalError, Session, SessionError};
use futures::future::try_join_all;

use super::stage::Stage;
use crate::flow_epoch::{
    EpochAttested, EpochChain, EpochPostponed, EpochQuery, EpochShare, NoNewerEpoch, ProposeEpoch,
    flow_epoch::{
        Attester, AttesterLocal, FlowEpoch, Keeper, KeeperLocal, Member, MemberLocal, attester,
        keeper, member,
    },
    learn_epoch::{
        LearnEpoch, Peer, Returning, ReturningLocal, returning::EpochChainOrNoNewerEpoch,
    },
};

const ID: [u8; 32] = [1; 32];

/// What somebody takes the epoch of the context for.
struct Epoch(u64);

impl KeeperLocal for Epoch {
    async fn combine(&mut self, _: &Answers<Attester, EpochShare>) -> Result<[u8; 64], LocalError> {
        Ok([1; 64])
    }
}

impl AttesterLocal for Epoch {
    async fn is_successor(&mut self, proposal: &ProposeEpoch) -> Result<bool, LocalError> {
        Ok(proposal.epoch == self.0 + 1)
    }

    async fn replenish(&mut self, attested: &EpochAttested) -> Result<(), LocalError> {
        self.0 = attested.epoch;
        Ok(())
    }
}

impl MemberLocal for Epoch {
    async fn replenish(&mut self, attested: &EpochAttested) -> Result<(), LocalError> {
        self.0 = attested.epoch;
        Ok(())
    }
}

async fn turns(session: &mut Session<Keeper>, epoch: u64) -> Result<bool, SessionError> {
    let context = ID;
    let proposal = ProposeEpoch {
        context,
        epoch,
        limits: [0; 32],
        signers: vec![],
    };
    match session
        .start()?
        .propose_epoch(proposal)
        .await?
        .epoch_share()
        .await?
    {
        keeper::EpochShareOrLate::EpochShare(_, state) => {
            let (signature, state) = state.combine(&mut Epoch(0)).await?;
            let attested = EpochAttested {
                context,
                epoch,
                limits: [0; 32],
                signature,
            };
            let state = state.epoch_attested(attested.clone()).await?;
            state.epoch_attested(attested).await?;
            Ok(true)
        }
        keeper::EpochShareOrLate::Late(state) => {
            let postponed = EpochPostponed { context, epoch };
            let state = state.epoch_postponed(postponed.clone()).await?;
            state.epoch_postponed(postponed).await?;
            Ok(false)
        }
    }
}

async fn attests(session: &mut Session<Attester>) -> Result<u64, SessionError> {
    let mut epoch = Epoch(6);
    let (proposal, state) = session.start()?.propose_epoch().await?;
    let (due, state) = state.is_successor(&mut epoch).await?;
    let state = if due {
        let share = EpochShare {
            context: ID,
            epoch: proposal.epoch,
            share: vec![],
        };
        state.epoch_share(share).await?
    } else {
        state.abstain().await?
    };
    if let attester::EpochAttestedOrEpochPostponed::EpochAttested(_, state) =
        state.receive().await?
    {
        state.replenish(&mut epoch).await?;
    }
    Ok(epoch.0)
}

#[tokio::test(start_paused = true)]
async fn flow_epoch() {
    // The successor is attested; a jump finds no voters, and everybody stays where they were.
    for (proposed, reached) in [(7, 7), (9, 6)] {
        let troupe = Stage::<FlowEpoch>::new(&[3, 2, 2]).await;
        let mut room = troupe.room();
        let mut keeper = room.join(&troupe.ledgers[0]).unwrap();
        let mut attesters: Vec<_> = (1..4)
            .map(|seat| room.join::<Attester>(&troupe.ledgers[seat]).unwrap())
            .collect();
        let mut members: Vec<_> = (4..6)
            .map(|seat| room.join::<Member>(&troupe.ledgers[seat]).unwrap())
            .collect();
        let voting = attesters.iter_mut().map(attests);
        let hearing = members.iter_mut().map(|session| async {
            let mut epoch = Epoch(6);
            let heard = session.start()?.receive().await?;
            if let member::EpochAttestedOrEpochPostponed::EpochAttested(_, state) = heard {
                state.replenish(&mut epoch).await?;
            }
            Ok(epoch.0)
        });
        let (attested, voted, heard) = futures::try_join!(
            turns(&mut keeper, proposed),
            try_join_all(voting),
            try_join_all(hearing),
        )
        .unwrap();
        assert_eq!(attested, proposed == reached);
        assert_eq!((voted, heard), (vec![reached; 3], vec![reached; 2]));
        let facts = troupe.ledgers[5].facts();
        assert_eq!(
            facts.iter().any(|fact| fact.name == "epoch_attested"),
            attested
        );
    }
}

impl ReturningLocal for Epoch {
    async fn verify_and_advance(&mut self, chain: &EpochChain) -> Result<u64, LocalError> {
        for (epoch, _, signature) in &chain.chain {
            if *epoch == self.0 + 1 && signature == b"attested" {
                self.0 = *epoch;
            }
        }
        Ok(self.0)
    }
}

#[tokio::test]
async fn learn_epoch() {
    let link = |epoch, signature: &[u8]| (epoch, [0; 32], signature.to_vec());
    let forged = vec![
        link(5, b"attested"),
        link(9, b"attested"),
        link(6, b"mentioned"),
    ];
    let chains = [
        (Some(vec![link(5, b"attested"), link(6, b"attested")]), 6),
        (Some(forged), 5),
        (None, 4),
    ];
    for (chain, reached) in chains {
        let troupe = Stage::<LearnEpoch>::new(&[]).await;
        let mut room = troupe.room();
        let mut returning = room.join::<Returning>(&troupe.ledgers[0]).unwrap();
        let mut peer = room.join::<Peer>(&troupe.ledgers[1]).unwrap();
        let learns = async {
            let query = EpochQuery {
                context: ID,
                known: 4,
            };
            match returning
                .start()?
                .epoch_query(query)
                .await?
                .receive()
                .await?
            {
                EpochChainOrNoNewerEpoch::EpochChain(_, state) => {
                    Ok::<_, SessionError>(state.verify_and_advance(&mut Epoch(4)).await?.0)
                }
                EpochChainOrNoNewerEpoch::NoNewerEpoch(none, _) => Ok(none.known),
            }
        };
        let shows = async {
            let (query, state) = peer.start()?.epoch_query().await?;
            let EpochQuery { context, known } = query;
            match chain {
                Some(chain) => state.epoch_chain(EpochChain { context, chain }).await?,
                None => {
                    state
                        .no_newer_epoch(NoNewerEpoch { context, known })
                        .await?
                }
            };
            Ok(())
        };
        let (known, ()) = futures::try_join!(learns, shows).unwrap();
        assert_eq!(known, reached);
    }
}
