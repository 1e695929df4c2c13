//! A member and its group bring their trees up to date.
//!
//! Operations are signed by the group; one that is not its operation is applied by nobody.

use std::{collections::BTreeMap, time::Duration};

use aura_runtime::{
    effects::crypto::KeyedCrypto,
    session::{Answers, LocalError, SessionError},
};
use futures::future::try_join_all;
use tokio::time::sleep;

use super::{signing::Group, stage::Stage};
use crate::tree_sync::{
    TreeDigest, TreeMerged, TreeOp, TreeOps, attested, digest,
    tree_sync::{Member, MemberLocal, Peer, PeerLocal, TreeSync, member::TreeOpsOrLate},
};

/// A tree as the set of its operations, one byte each, with the group's public key.
struct Tree {
    group: [u8; 32],
    ops: BTreeMap<u8, TreeOp>,
}

fn crypto() -> KeyedCrypto {
    KeyedCrypto::from_seed([3; 32])
}

/// An operation as a ceremony of the group leaves it.
fn operation(group: &Group, body: u8) -> TreeOp {
    let mut op = (1, [0; 32], vec![body], [0; 64]);
    op.3 = group.sign(&digest(&crypto(), &op));
    op
}

/// The signature of one operation under another.
fn forged((epoch, root, _, signature): &TreeOp) -> TreeOp {
    (*epoch, *root, vec![99], *signature)
}

impl Tree {
    fn new(group: &Group, body: u8) -> Self {
        Self {
            group: group.key(),
            ops: BTreeMap::from([(body, operation(group, body))]),
        }
    }

    /// What it tells others, all of it forged if it `forges`.
    fn told(&self, forges: bool) -> Vec<TreeOp> {
        let ops = self.ops.values();
        ops.map(|op| if forges { forged(op) } else { op.clone() })
            .collect()
    }

    fn apply<'o>(&mut self, ops: impl IntoIterator<Item = &'o TreeOp>) {
        for op in ops {
            if attested(&crypto(), &self.group, op) {
                self.ops.insert(op.2[0], op.clone());
            }
        }
    }

    fn bodies(&self) -> Vec<u8> {
        self.ops.keys().copied().collect()
    }
}

impl MemberLocal for Tree {
    async fn apply_in_order(&mut self, answers: &Answers<Peer, TreeOps>) -> Result<(), LocalError> {
        self.apply(answers.values().flat_map(|answer| &answer.ops));
        Ok(())
    }
}

impl PeerLocal for Tree {
    async fn apply_in_order(&mut self, merged: &TreeMerged) -> Result<(), LocalError> {
        self.apply(&merged.ops);
        Ok(())
    }
}

/// What the member and each of three peers hold in the end. The second peer answers after so many
/// seconds; the operation that `forges` brings to the group is not the group's.
async fn synchronised(slow: u64, forges: Option<u8>) -> (Vec<u8>, Vec<Vec<u8>>) {
    let group = &Group::new(3, 2);
    let troupe = Stage::<TreeSync>::new(&[3, 3]).await;
    let mut room = troupe.room();
    let mut member = room.join::<Member>(&troupe.ledgers[0]).unwrap();
    let mut peers: Vec<_> = (1..4)
        .map(|seat| room.join::<Peer>(&troupe.ledgers[seat]).unwrap())
        .collect();
    let asks = async {
        let mut tree = Tree::new(group, 1);
        let digest = TreeDigest {
            epoch: 1,
            root: [0; 32],
        };
        let state = member.start()?.tree_digest(digest);
        let state = match state.await?.tree_ops().await? {
            TreeOpsOrLate::TreeOps(_, state) => state.apply_in_order(&mut tree).await?,
            TreeOpsOrLate::Late(state) => state,
        };
        let merged = TreeMerged {
            epoch: 1,
            root: [1; 32],
            ops: tree.told(forges == Some(1)),
        };
        state.tree_merged(merged).await?;
        Ok::<_, SessionError>(tree.bodies())
    };
    let all = peers.iter_mut().map(|session| async {
        let own = 10 + u8::try_from(session.member().index()).unwrap_or(0);
        let mut tree = Tree::new(group, own);
        let (_, state) = session.start()?.tree_digest().await?;
        sleep(Duration::from_secs(if own == 12 { slow } else { 0 })).await;
        let answer = TreeOps {
            epoch: 1,
            ops: tree.told(forges == Some(own)),
        };
        let (_, state) = state.tree_ops(answer).await?.tree_merged().await?;
        state.apply_in_order(&mut tree).await?;
        Ok(tree.bodies())
    });
    futures::try_join!(asks, try_join_all(all)).unwrap()
}

#[tokio::test(start_paused = true)]
async fn tree_sync() {
    // Two answers are needed: two come, or one, and then the member tells what it alone knew.
    let all = vec![1, 10, 11, 12];
    assert_eq!(synchronised(0, None).await, (all.clone(), vec![all; 3]));
    let alone = [10, 11, 12].map(|own| vec![1, own]).to_vec();
    assert_eq!(synchronised(4, None).await, (vec![1], alone));
}

#[tokio::test(start_paused = true)]
async fn a_forged_operation_of_a_tree_is_applied_by_nobody() {
    // A peer's: it keeps its own, and nobody else hears of it.
    let others = vec![1, 10, 11];
    let (asked, told) = synchronised(0, Some(12)).await;
    assert_eq!(asked, others);
    let itself = vec![1, 10, 11, 12];
    assert_eq!(told, [others.clone(), others, itself]);
    // The member's: everybody stays where they were.
    let (_, told) = synchronised(0, Some(1)).await;
    assert_eq!(told, [vec![10], vec![11], vec![12]]);
}

#[test]
fn a_signature_of_an_operation_covers_all_of_it() {
    let (crypto, group) = (crypto(), Group::new(3, 2));
    let op = operation(&group, 7);
    let (epoch, root, body, signature) = op.clone();
    let attested = |op: TreeOp| attested(&crypto, &group.key(), &op);
    assert!(attested(op.clone()));
    assert!(!attested((epoch + 1, root, body.clone(), signature)));
    assert!(!attested((epoch, [1; 32], body, signature)));
    assert!(!attested(forged(&op)));
    let stranger = operation(&Group::new(3, 2), 7);
    assert!(!attested(stranger));
}
