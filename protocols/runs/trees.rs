//! A member and its group bring their trees up to date.

use std::{collections::BTreeSet, time::Duration};

use aura_runtime::session::{Answers, LocalError, SessionError};
use futures::future::try_join_all;
use tokio::time::sleep;

use super::stage::Stage;
use crate::tree_sync::{
    TreeDigest, TreeMerged, TreeOps,
    tree_sync::{Member, MemberLocal, Peer, PeerLocal, TreeSync, member::TreeOpsOrLate},
};

/// A tree as the set of its operations, one byte each.
struct Tree(BTreeSet<u8>);

type TreeOp = (u64, [u8; 32], Vec<u8>, Vec<u8>);

impl Tree {
    fn ops(&self) -> Vec<TreeOp> {
        self.0
            .iter()
            .map(|op| (1, [0; 32], vec![*op], vec![]))
            .collect()
    }

    fn apply<'o>(&mut self, ops: impl IntoIterator<Item = &'o TreeOp>) {
        self.0
            .extend(ops.into_iter().map(|(_, _, body, _)| body[0]));
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

#[tokio::test(start_paused = true)]
async fn tree_sync() {
    // Two answers are needed: two come, or one, and then the member tells what it alone knew.
    for (slow, whole) in [(0, true), (4, false)] {
        let troupe = Stage::<TreeSync>::new(&[3, 3]).await;
        let mut room = troupe.room();
        let mut member = room.join::<Member>(&troupe.ledgers[0]).unwrap();
        let mut peers: Vec<_> = (1..4)
            .map(|seat| room.join::<Peer>(&troupe.ledgers[seat]).unwrap())
            .collect();
        let asks = async {
            let mut tree = Tree(BTreeSet::from([1]));
            let digest = TreeDigest {
                epoch: 1,
                root: [0; 32],
            };
            let state = match member
                .start()?
                .tree_digest(digest)
                .await?
                .tree_ops()
                .await?
            {
                TreeOpsOrLate::TreeOps(_, state) => state.apply_in_order(&mut tree).await?,
                TreeOpsOrLate::Late(state) => state,
            };
            let merged = TreeMerged {
                epoch: 1,
                root: [1; 32],
                ops: tree.ops(),
            };
            state.tree_merged(merged).await?;
            Ok::<_, SessionError>(tree.0.into_iter().collect::<Vec<_>>())
        };
        let all = peers.iter_mut().map(|session| async {
            let own = 10 + u8::try_from(session.member().index()).unwrap_or(0);
            let mut tree = Tree(BTreeSet::from([own]));
            let (_, state) = session.start()?.tree_digest().await?;
            sleep(Duration::from_secs(if own == 12 { slow } else { 0 })).await;
            let answer = TreeOps {
                epoch: 1,
                ops: tree.ops(),
            };
            let (_, state) = state.tree_ops(answer).await?.tree_merged().await?;
            state.apply_in_order(&mut tree).await?;
            Ok(tree.0.into_iter().collect::<Vec<_>>())
        });
        let (asked, told) = futures::try_join!(asks, try_join_all(all)).unwrap();
        let all = [1, 10, 11, 12];
        assert_eq!(asked, if whole { all.to_vec() } else { vec![1] });
        let alone = [10, 11, 12].map(|own| vec![1, own]);
        assert_eq!(
            told,
            if whole {
                [(); 3].map(|()| all.to_vec())
            } else {
                alone
            }
        );
    }
}
