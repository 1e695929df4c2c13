//! Snapshots and consensus: quorums, timers, fallbacks.

use std::time::Duration;

use aura_runtime::session::{Answers, LocalError, Session, SessionError};
use futures::future::try_join_all;
use tokio::time::sleep;

use super::stage::Stage;
use crate::{
    consensus::{
        Abort, Commit, Execute, Fallback, FastShare, Ready, Sign, SlowShare,
        consensus::{
            Consensus, Initiator, InitiatorLocal, Witness, WitnessLocal,
            initiator::{FastShareOrLate, ReadyOrLate, SlowShareOrLate},
            witness::{CommitOrAbort, CommitOrFallback, SignOrAbort},
        },
    },
    snapshot_gc::{
        SnapAbort, SnapApprove, SnapCommit, SnapProposal,
        snapshot_gc::{
            P, PLocal, Q, QLocal, SnapshotGc, p::SnapApproveOrLate, q::SnapCommitOrSnapAbort,
        },
    },
};

const ROOT: [u8; 32] = [3; 32];

struct Hooks;

impl PLocal for Hooks {
    async fn combine(&mut self, shares: &Answers<Q, SnapApprove>) -> Result<[u8; 64], LocalError> {
        Ok([u8::try_from(shares.len()).unwrap_or(0); 64])
    }

    async fn compact(&mut self, _: &[u8; 64]) -> Result<(), LocalError> {
        Ok(())
    }
}

impl QLocal for Hooks {
    async fn verify_cut(&mut self, cut: &SnapProposal) -> Result<bool, LocalError> {
        Ok(cut.root == ROOT)
    }

    async fn compact(&mut self, _: &SnapCommit) -> Result<(), LocalError> {
        Ok(())
    }
}

async fn proposes(session: &mut Session<P>) -> Result<bool, SessionError> {
    let proposal = SnapProposal {
        root: ROOT,
        watermarks: vec![(0, 9)],
        signers: vec![],
    };
    let state = session.start()?.snap_proposal(proposal).await?;
    match state.snap_approve().await? {
        SnapApproveOrLate::SnapApprove(_, state) => {
            let (signature, state) = state.combine(&mut Hooks).await?;
            let commit = SnapCommit {
                root: ROOT,
                watermarks: vec![(0, 9)],
                signature,
            };
            state.snap_commit(commit).await?.compact(&mut Hooks).await?;
            Ok(true)
        }
        SnapApproveOrLate::Late(state) => {
            state.snap_abort(SnapAbort { root: ROOT }).await?;
            Ok(false)
        }
    }
}

async fn approves(session: &mut Session<Q>, approves: bool) -> Result<bool, SessionError> {
    let (_, state) = session.start()?.snap_proposal().await?;
    let (safe, state) = state.verify_cut(&mut Hooks).await?;
    let state = if safe && approves {
        let share = SnapApprove {
            root: ROOT,
            share: vec![1],
        };
        state.snap_approve(share).await?
    } else {
        state.abstain().await?
    };
    match state.receive().await? {
        SnapCommitOrSnapAbort::SnapCommit(_, state) => {
            state.compact(&mut Hooks).await?;
            Ok(true)
        }
        SnapCommitOrSnapAbort::SnapAbort(..) => Ok(false),
    }
}

#[tokio::test(start_paused = true)]
async fn snapshot_gc() {
    for (willing, committed) in [(4, true), (2, false)] {
        let troupe = Stage::<SnapshotGc>::new(&[4, 3]).await;
        let mut room = troupe.room();
        let mut p = room.join(&troupe.ledgers[0]).unwrap();
        let mut members: Vec<_> = (1..5)
            .map(|seat| room.join::<Q>(&troupe.ledgers[seat]).unwrap())
            .collect();
        let all = members.iter_mut().map(|session| {
            let index = session.member().index();
            approves(session, index < willing)
        });
        let (did, heard) = futures::try_join!(proposes(&mut p), try_join_all(all)).unwrap();
        assert_eq!((did, heard), (committed, vec![committed; 4]));
        // The proposer's three facts for four members, merged by each of them.
        assert_eq!(troupe.ledgers[0].facts().len(), 8);
        let merged = troupe.ledgers[1].facts();
        let outcome = if committed {
            "snapshot_committed"
        } else {
            "snapshot_aborted"
        };
        assert!(merged.iter().any(|fact| fact.name == outcome));
    }
}

impl InitiatorLocal for Hooks {
    async fn combine_fast(&mut self, _: &Answers<Witness, FastShare>) -> Result<(), LocalError> {
        Ok(())
    }

    async fn combine_slow(&mut self, _: &Answers<Witness, SlowShare>) -> Result<(), LocalError> {
        Ok(())
    }
}

impl WitnessLocal for Hooks {
    async fn execute(&mut self, _: &Execute) -> Result<[u8; 32], LocalError> {
        Ok([8; 32])
    }
}

const ID: ([u8; 32], [u8; 32]) = ([1; 32], [2; 32]);

fn commit() -> Commit {
    let (cid, prestate) = ID;
    Commit {
        cid,
        prestate,
        result: [8; 32],
        signature: [9; 64],
    }
}

fn abort() -> Abort {
    let (cid, prestate) = ID;
    Abort {
        cid,
        prestate,
        evidence: vec![],
    }
}

async fn initiates(session: &mut Session<Initiator>) -> Result<&'static str, SessionError> {
    let (cid, prestate) = ID;
    let execute = Execute {
        cid,
        prestate,
        operation: vec![],
        signers: vec![],
    };
    let state = match session
        .start()?
        .execute(execute)
        .await?
        .fast_share()
        .await?
    {
        FastShareOrLate::FastShare(_, state) => {
            let state = state.combine_fast(&mut Hooks).await?;
            state.commit(commit()).await?;
            return Ok("fast");
        }
        FastShareOrLate::Late(state) => state,
    };
    let fallback = Fallback {
        cid,
        prestate,
        evidence: vec![],
    };
    let state = match state.fallback(fallback).await?.ready().await? {
        ReadyOrLate::Ready(_, state) => state,
        ReadyOrLate::Late(state) => {
            state.abort(abort()).await?;
            return Ok("not ready");
        }
    };
    let sign = Sign {
        cid,
        prestate,
        signers: vec![],
    };
    match state.sign(sign).await?.slow_share().await? {
        SlowShareOrLate::SlowShare(_, state) => {
            let state = state.combine_slow(&mut Hooks).await?;
            state.commit(commit()).await?;
            Ok("slow")
        }
        SlowShareOrLate::Late(state) => {
            state.abort(abort()).await?;
            Ok("aborted")
        }
    }
}

/// Waits so many milliseconds before each answer.
async fn witnesses(session: &mut Session<Witness>, after: [u64; 3]) -> Result<bool, SessionError> {
    let (cid, prestate) = ID;
    let (_, state) = session.start()?.execute().await?;
    let (_, state) = state.execute(&mut Hooks).await?;
    sleep(Duration::from_millis(after[0])).await;
    let share = FastShare {
        cid,
        prestate,
        share: vec![],
    };
    let state = match state.fast_share(share).await?.receive().await? {
        CommitOrFallback::Commit(..) => return Ok(true),
        CommitOrFallback::Fallback(_, state) => state,
    };
    sleep(Duration::from_millis(after[1])).await;
    let ready = Ready {
        cid,
        prestate,
        commitment: (0, vec![]),
    };
    let state = match state.ready(ready).await?.receive().await? {
        SignOrAbort::Sign(_, state) => state,
        SignOrAbort::Abort(..) => return Ok(false),
    };
    sleep(Duration::from_millis(after[2])).await;
    let share = SlowShare {
        cid,
        prestate,
        share: vec![],
    };
    Ok(matches!(
        state.slow_share(share).await?.receive().await?,
        CommitOrAbort::Commit(..)
    ))
}

#[tokio::test(start_paused = true)]
async fn consensus() {
    let ways = [
        ([10, 0, 0], "fast", true),
        ([600, 10, 10], "slow", true),
        ([600, 4000, 0], "not ready", false),
        ([600, 10, 4000], "aborted", false),
    ];
    for (after, how, committed) in ways {
        let troupe = Stage::<Consensus>::new(&[3, 2]).await;
        let mut room = troupe.room();
        let mut initiator = room.join(&troupe.ledgers[0]).unwrap();
        let mut members: Vec<_> = (1..4)
            .map(|seat| room.join::<Witness>(&troupe.ledgers[seat]).unwrap())
            .collect();
        let all = members.iter_mut().map(|session| witnesses(session, after));
        let (did, heard) =
            futures::try_join!(initiates(&mut initiator), try_join_all(all)).unwrap();
        assert_eq!((did, heard), (how, vec![committed; 3]));
    }
}
