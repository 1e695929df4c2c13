//! Operations with their causes: issued, held back, removed as observed, repaired.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use aura_runtime::session::{Answers, LocalError, SessionError};
use futures::future::try_join_all;
use tokio::time::sleep;

use super::stage::Stage;
use crate::{
    op_broadcast::{
        OpAck, OpPending, OpStable, OpWithCtx,
        op_broadcast::{
            OpBroadcast, Origin, OriginLocal, Replica, ReplicaLocal, origin::OpAckOrLate,
            replica::OpStableOrOpPending,
        },
    },
    op_repair::{
        Compacted, Gaps, Nothing, Ops, Repaired,
        op_repair::{
            Asker, AskerLocal, Holder, OpRepair, asker::OpsOrCompactedOrNothingOrLate,
            holder::GapsOrRepaired,
        },
    },
};

type ReplicaId = [u8; 32];

/// An observed-remove set: a removal covers the additions that its replica has seen, and no others.
#[derive(Default)]
struct OrSet {
    added: BTreeSet<(ReplicaId, u64, u8)>,
    removed: BTreeSet<(ReplicaId, u64)>,
    seen: BTreeMap<ReplicaId, u64>,
}

impl OrSet {
    /// Adds an item, or removes the additions that a body names.
    fn apply(&mut self, replica: ReplicaId, counter: u64, op: &[u8]) {
        match op {
            [b'+', item] => {
                self.added.insert((replica, counter, *item));
            }
            [b'-', tombs @ ..] => {
                let tombs = tombs.iter().map(|replica| ([*replica; 32], 1));
                self.removed.extend(tombs);
            }
            _ => {}
        }
        self.seen.insert(replica, counter);
    }

    fn items(&self) -> Vec<u8> {
        let alive = self
            .added
            .iter()
            .filter(|(replica, counter, _)| !self.removed.contains(&(*replica, *counter)));
        alive.map(|(_, _, item)| *item).collect()
    }

    fn vector(&self) -> Vec<(ReplicaId, u64)> {
        self.seen.iter().map(|(id, count)| (*id, *count)).collect()
    }
}

impl ReplicaLocal for OrSet {
    async fn deliver_causally(&mut self, op: &OpWithCtx) -> Result<(), LocalError> {
        let covered = |(id, count): &(ReplicaId, u64)| self.seen.get(id).unwrap_or(&0) >= count;
        if op.context.iter().all(covered) {
            self.apply(op.replica, op.counter, &op.op);
        }
        Ok(())
    }

    async fn forget_for_repair(&mut self, _: &OpStable) -> Result<(), LocalError> {
        Ok(())
    }
}

impl OriginLocal for OrSet {
    async fn note_delivered(&mut self, _: &Answers<Replica, OpAck>) -> Result<(), LocalError> {
        Ok(())
    }
}

const OBJECT: [u8; 32] = [9; 32];

/// Issues one operation to two replicas, of which so many acknowledge; whether it became stable.
async fn broadcast(op: OpWithCtx, sets: &mut [OrSet], willing: u32) -> bool {
    let troupe = Stage::<OpBroadcast>::new(&[2, 2]).await;
    let mut room = troupe.room();
    let mut origin = room.join::<Origin>(&troupe.ledgers[0]).unwrap();
    let mut replicas: Vec<_> = (1..3)
        .map(|seat| room.join::<Replica>(&troupe.ledgers[seat]).unwrap())
        .collect();
    let (object, replica, counter) = (op.object, op.replica, op.counter);
    let issues = async {
        Ok(
            match origin.start()?.op_with_ctx(op).await?.op_ack().await? {
                OpAckOrLate::OpAck(_, state) => {
                    let state = state.note_delivered(&mut OrSet::default()).await?;
                    state
                        .op_stable(OpStable {
                            object,
                            replica,
                            counter,
                        })
                        .await?;
                    true
                }
                OpAckOrLate::Late(state) => {
                    state
                        .op_pending(OpPending {
                            object,
                            replica,
                            counter,
                        })
                        .await?;
                    false
                }
            },
        )
    };
    let all = replicas
        .iter_mut()
        .zip(sets)
        .map(|(session, set)| async move {
            let index = session.member().index();
            let (_, state) = session.start()?.op_with_ctx().await?;
            let state = state.deliver_causally(set).await?;
            let delivered = set.vector();
            let state = if index < willing {
                state.op_ack(OpAck { object, delivered }).await?
            } else {
                state.abstain().await?
            };
            match state.receive().await? {
                OpStableOrOpPending::OpStable(_, state) => {
                    state.forget_for_repair(set).await?;
                    Ok::<_, SessionError>(true)
                }
                OpStableOrOpPending::OpPending(..) => Ok(false),
            }
        });
    let (stable, heard) = futures::try_join!(issues, try_join_all(all)).unwrap();
    assert_eq!(heard, [stable; 2]);
    let merged = troupe.ledgers[1].facts();
    assert!(merged.iter().any(|fact| fact.name == "op_issued"));
    assert_eq!(merged.iter().any(|fact| fact.name == "op_stable"), stable);
    stable
}

fn op(replica: u8, context: Vec<(ReplicaId, u64)>, op: &[u8]) -> OpWithCtx {
    OpWithCtx {
        object: OBJECT,
        replica: [replica; 32],
        counter: 1,
        context,
        op: op.to_vec(),
    }
}

#[tokio::test(start_paused = true)]
async fn op_broadcast() {
    // The partition of the seeds: one adds an item while another, which has not seen it, removes it.
    let mut sets = [OrSet::default(), OrSet::default()];
    assert!(broadcast(op(2, vec![], b"-"), &mut sets, 2).await);
    assert!(broadcast(op(0, vec![], &[b'+', 7]), &mut sets, 2).await);
    assert_eq!(
        [sets[0].items(), sets[1].items()],
        [[7], [7]],
        "added concurrently"
    );
    // Removed by a replica that has seen it.
    let seen = vec![([0; 32], 1)];
    assert!(!broadcast(op(1, seen, &[b'-', 0]), &mut sets, 1).await);
    assert_eq!(
        [sets[0].items(), sets[1].items()],
        [[], []] as [[u8; 0]; 2],
        "removed after observed"
    );
    // An operation whose causes have not arrived is held back.
    let ahead = vec![([5; 32], 3)];
    assert!(broadcast(op(4, ahead, &[b'+', 8]), &mut sets, 2).await);
    assert!(sets[0].items().is_empty());
}

impl AskerLocal for OrSet {
    async fn apply_causally(&mut self, ops: &Ops) -> Result<(), LocalError> {
        for (replica, counter, _, body) in &ops.ops {
            self.apply(*replica, *counter, body);
        }
        Ok(())
    }

    async fn adopt_cut(&mut self, cut: &Compacted) -> Result<(), LocalError> {
        for (replica, counter) in &cut.cut {
            self.added.insert((*replica, *counter, cut.state[0]));
            self.seen.insert(*replica, *counter);
        }
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn op_repair() {
    let troupe = Stage::<OpRepair>::new(&[]).await;
    let mut room = troupe.room();
    let mut asker = room.join::<Asker>(&troupe.ledgers[0]).unwrap();
    let mut holder = room.join::<Holder>(&troupe.ledgers[1]).unwrap();
    let asks = async {
        let mut set = OrSet::default();
        let mut how = Vec::new();
        let mut state = asker.start()?;
        loop {
            let have = set.vector();
            let object = OBJECT;
            state = match state.gaps(Gaps { object, have }).await?.receive().await? {
                OpsOrCompactedOrNothingOrLate::Ops(_, state) => {
                    how.push("ops");
                    state.apply_causally(&mut set).await?
                }
                OpsOrCompactedOrNothingOrLate::Compacted(_, state) => {
                    how.push("compacted");
                    state.adopt_cut(&mut set).await?
                }
                OpsOrCompactedOrNothingOrLate::Late(state) => {
                    how.push("late");
                    state
                }
                OpsOrCompactedOrNothingOrLate::Nothing(_, state) => {
                    let have = set.vector();
                    state.repaired(Repaired { object, have }).await?;
                    return Ok::<_, SessionError>((how, set.items()));
                }
            };
        }
    };
    let answers = async {
        let object = OBJECT;
        let mut first = true;
        let mut state = holder.start()?;
        loop {
            let (gaps, answer) = match state.receive().await? {
                GapsOrRepaired::Gaps(gaps, state) => (gaps, state),
                GapsOrRepaired::Repaired(repaired, _) => return Ok(repaired.have.len()),
            };
            if std::mem::take(&mut first) {
                // Too slow for the asker, who asks again; this answer is absorbed.
                sleep(Duration::from_secs(4)).await;
            }
            state = match gaps.have.len() {
                0 => {
                    let cut = vec![([1; 32], 1)];
                    answer
                        .compacted(Compacted {
                            object,
                            cut,
                            state: vec![4],
                        })
                        .await?
                }
                1 => {
                    let ops = vec![([2; 32], 1, vec![], vec![b'+', 6])];
                    answer
                        .ops(Ops {
                            object,
                            ops,
                            more: false,
                        })
                        .await?
                }
                _ => answer.nothing(Nothing { object }).await?,
            };
        }
    };
    let ((how, items), covered) = futures::try_join!(asks, answers).unwrap();
    assert_eq!(how, ["late", "compacted", "ops"]);
    assert_eq!((items, covered), (vec![4, 6], 2));
}
