//! An epoch is attested, postponed, and learnt by somebody who was away.
//!
//! Two of three attesters sign, by nonce commitments that they published ahead; everybody verifies.

use aura_runtime::{
    effects::crypto::KeyedCrypto,
    session::{Answers, LocalError, Session, SessionError, Unsent},
};
use frost_ed25519::keys::PublicKeyPackage;
use futures::future::try_join_all;

use super::{
    signing::{Group, Signer, combine},
    stage::Stage,
};
use crate::flow_epoch::{
    Attestation, EpochAttested, EpochChain, EpochPostponed, EpochQuery, EpochShare, NoNewerEpoch,
    ProposeEpoch, attested, digest,
    flow_epoch::{
        Attester, AttesterLocal, FlowEpoch, Keeper, KeeperLocal, Member, MemberLocal, attester,
        keeper, member,
    },
    learn_epoch::{
        LearnEpoch, Peer, Returning, ReturningLocal, returning::EpochChainOrNoNewerEpoch,
    },
};

const ID: [u8; 32] = [1; 32];
const LIMITS: [u8; 32] = [5; 32];

fn crypto() -> KeyedCrypto {
    KeyedCrypto::from_seed([3; 32])
}

/// What the authority signs of an epoch.
fn signed(epoch: u64) -> [u8; 32] {
    digest(&crypto(), &ID, epoch, &LIMITS)
}

/// What somebody takes the epoch of the context for, with the public key of the context's authority.
struct Epoch {
    now: u64,
    authority: [u8; 32],
}

impl Epoch {
    /// Goes on to the next epoch, if it is attested.
    fn advance(&mut self, epoch: &Attestation) -> Result<(), LocalError> {
        if epoch.0 != self.now + 1 {
            return Err("not the next epoch".into());
        }
        if !attested(&crypto(), &self.authority, &ID, epoch) {
            return Err("not attested".into());
        }
        self.now = epoch.0;
        Ok(())
    }

    fn hear(&mut self, heard: &EpochAttested) -> Result<(), LocalError> {
        self.advance(&(heard.epoch, heard.limits, heard.signature))
    }
}

/// The keeper holds no share.
struct Keeps {
    keys: PublicKeyPackage,
    proposal: ProposeEpoch,
}

impl KeeperLocal for Keeps {
    async fn combine(
        &mut self,
        answers: &Answers<Attester, EpochShare>,
    ) -> Result<[u8; 64], LocalError> {
        let ProposeEpoch { epoch, signers, .. } = &self.proposal;
        let shares = answers.iter();
        let shares = shares.map(|(member, answer)| (member.index(), &answer.share[..]));
        combine(&self.keys, &signed(*epoch), signers, shares)
    }
}

struct Attests {
    signer: Signer,
    epoch: Epoch,
}

impl AttesterLocal for Attests {
    async fn is_successor(&mut self, proposal: &ProposeEpoch) -> Result<bool, LocalError> {
        Ok(proposal.epoch == self.epoch.now + 1)
    }

    async fn replenish(&mut self, attested: &EpochAttested) -> Result<(), LocalError> {
        self.epoch.hear(attested)
    }
}

impl MemberLocal for Epoch {
    async fn replenish(&mut self, attested: &EpochAttested) -> Result<(), LocalError> {
        self.hear(attested)
    }
}

/// Turns the epoch; with a signature that is not the authority's, if it `forges`.
async fn turns(
    session: &mut Session<Keeper>,
    mut keeps: Keeps,
    forges: bool,
) -> Result<bool, SessionError> {
    let (context, epoch) = (ID, keeps.proposal.epoch);
    let state = session.start()?.propose_epoch(keeps.proposal.clone());
    match state.await?.epoch_share().await? {
        keeper::EpochShareOrLate::EpochShare(_, state) => {
            let (mut signature, state) = state.combine(&mut keeps).await?;
            signature[40] ^= u8::from(forges);
            let attested = EpochAttested {
                context,
                epoch,
                limits: LIMITS,
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

/// The epoch that an attester is in behind the turn; a step that refuses leaves it where it was.
async fn attests(
    session: &mut Session<Attester>,
    mut attests: Attests,
) -> Result<u64, SessionError> {
    let (proposal, state) = session.start()?.propose_epoch().await?;
    let (due, state) = state.is_successor(&mut attests).await?;
    let ProposeEpoch { epoch, signers, .. } = proposal;
    let share = attests.signer.share(&signed(epoch), &signers).unwrap();
    let state = match share {
        Some(share) if due => {
            let context = ID;
            let share = EpochShare {
                context,
                epoch,
                share,
            };
            state.epoch_share(share).await?
        }
        _ => state.abstain().await?,
    };
    if let attester::EpochAttestedOrEpochPostponed::EpochAttested(_, state) =
        state.receive().await?
    {
        unless_refused(state.replenish(&mut attests).await)?;
    }
    Ok(attests.epoch.now)
}

/// Members stop at a step that refuses.
fn unless_refused<S, N>(step: Result<N, Unsent<S, LocalError>>) -> Result<(), SessionError> {
    match step {
        Err(Unsent::Refused(refused)) => {
            assert_eq!(refused.message, LocalError::from("not attested"));
            Ok(())
        }
        Err(Unsent::Fatal(error)) => Err(*error),
        Ok(_) => Ok(()),
    }
}

/// Whether an epoch was attested, and where attesters and members are then, who were in the sixth.
async fn turn(epoch: u64, forges: bool) -> (bool, Vec<u64>, Vec<u64>) {
    let group = Group::new(3, 2);
    let authority = group.key();
    let mut signers: Vec<_> = group.signers().collect();
    let published = signers.iter_mut().map(|signer| signer.commits().unwrap());
    let published: Vec<_> = published.collect();
    let keeps = Keeps {
        keys: group.keys.clone(),
        proposal: ProposeEpoch {
            context: ID,
            epoch,
            limits: LIMITS,
            signers: published[..2].to_vec(),
        },
    };
    let now = 6;
    let troupe = Stage::<FlowEpoch>::new(&[3, 2, 2]).await;
    let mut room = troupe.room();
    let mut keeper = room.join(&troupe.ledgers[0]).unwrap();
    let mut attesters: Vec<_> = (1..4)
        .map(|seat| room.join::<Attester>(&troupe.ledgers[seat]).unwrap())
        .collect();
    let mut members: Vec<_> = (4..6)
        .map(|seat| room.join::<Member>(&troupe.ledgers[seat]).unwrap())
        .collect();
    let voting = attesters.iter_mut().zip(signers);
    let voting = voting.map(|(session, signer)| {
        let epoch = Epoch { now, authority };
        attests(session, Attests { signer, epoch })
    });
    let hearing = members.iter_mut().map(|session| async move {
        let mut epoch = Epoch { now, authority };
        let heard = session.start()?.receive().await?;
        if let member::EpochAttestedOrEpochPostponed::EpochAttested(_, state) = heard {
            unless_refused(state.replenish(&mut epoch).await)?;
        }
        Ok(epoch.now)
    });
    let (attested, voted, heard) = futures::try_join!(
        turns(&mut keeper, keeps, forges),
        try_join_all(voting),
        try_join_all(hearing),
    )
    .unwrap();
    let facts = troupe.ledgers[5].facts();
    let fact = facts.iter().any(|fact| fact.name == "epoch_attested");
    assert_eq!(fact, attested);
    (attested, voted, heard)
}

#[tokio::test(start_paused = true)]
async fn flow_epoch() {
    // The successor is attested; a jump finds no voters, and everybody stays where they were.
    assert_eq!(turn(7, false).await, (true, vec![7; 3], vec![7; 2]));
    assert_eq!(turn(9, false).await, (false, vec![6; 3], vec![6; 2]));
}

#[tokio::test(start_paused = true)]
async fn a_forged_epoch_replenishes_nobody() {
    assert_eq!(turn(7, true).await, (true, vec![6; 3], vec![6; 2]));
}

impl ReturningLocal for Epoch {
    async fn verify_and_advance(&mut self, chain: &EpochChain) -> Result<u64, LocalError> {
        // What does not verify ends the chain; what came before it holds.
        let mut chain = chain.chain.iter();
        while chain
            .next()
            .is_some_and(|epoch| self.advance(epoch).is_ok())
        {}
        Ok(self.now)
    }
}

#[tokio::test]
async fn learn_epoch() {
    let group = Group::new(3, 2);
    let authority = group.key();
    let link = |epoch| (epoch, LIMITS, group.sign(&signed(epoch)));
    let mentioned = (6, LIMITS, [0; 64]);
    // An attested epoch under the signature of another, and other limits under its own.
    let (_, _, fifth) = link(5);
    let renumbered = (6, LIMITS, fifth);
    let raised = (5, [9; 32], fifth);
    let chains = [
        (Some(vec![link(5), link(6)]), 6),
        (Some(vec![link(5), mentioned, link(7)]), 5),
        (Some(vec![link(5), renumbered]), 5),
        (Some(vec![raised]), 4),
        (Some(vec![link(9)]), 4),
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
            let state = returning.start()?.epoch_query(query).await?;
            match state.receive().await? {
                EpochChainOrNoNewerEpoch::EpochChain(_, state) => {
                    let mut epoch = Epoch { now: 4, authority };
                    Ok::<_, SessionError>(state.verify_and_advance(&mut epoch).await?.0)
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
