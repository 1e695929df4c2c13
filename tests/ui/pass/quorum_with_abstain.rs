//! A quorum: as many answers as are needed, while another member abstains.

use crate::pass::stage::{Stage, run};
use aura_runtime::session::{Session, SessionError};

aura_macros::aura_choreography! {
    #[namespace = "quorum_with_abstain"]
    protocol Council {
        roles: Chair, Voter[n];
        Chair[guard_capability = "preside"] -> Voter[*]: Motion(String);
        timeout (10s) at Chair {
            Voter[any t][guard_capability = "vote"] -> Chair: Vote(bool);
            Chair[guard_capability = "preside"] -> Voter[*]: Passed(u64);
        } else {
            Chair[guard_capability = "preside"] -> Voter[*]: Failed;
        }
    }
}
use council::{Chair, Council, Voter, chair::VoteOrLate, voter::PassedOrFailed};

async fn preside(mut session: Session<Chair>) -> Result<Vec<u32>, SessionError> {
    assert_eq!(session.peers::<Voter>().len(), 3);
    let waiting = session.start()?.motion("more tea".into()).await?;
    match waiting.vote().await? {
        VoteOrLate::Vote(votes, state) => {
            let yes = votes.values().filter(|vote| **vote).count();
            state.passed(yes as u64).await?;
            Ok(votes.members().map(|member| member.index()).collect())
        }
        VoteOrLate::Late(state) => {
            state.failed().await?;
            Ok(vec![])
        }
    }
}

async fn vote(mut session: Session<Voter>, votes: bool) -> Result<Option<u64>, SessionError> {
    let (motion, state) = session.start()?.motion().await?;
    assert_eq!(motion, "more tea");
    let state = if votes {
        state.vote(true).await?
    } else {
        state.abstain().await?
    };
    Ok(match state.receive().await? {
        PassedOrFailed::Passed(yes, _) => Some(yes),
        PassedOrFailed::Failed(_) => None,
    })
}

pub(crate) fn main() {
    for abstain in [[false, true, false], [true, true, false]] {
        run(async {
            let mut stage = Stage::<Council>::with_sizes(&[3, 2]).await;
            let chair = stage.join::<Chair>();
            let [one, two, three] =
                [0, 1, 2].map(|member| stage.join_member::<Voter>(member, 1 + member as usize));
            let (heard, one, two, three) = tokio::join!(
                preside(chair),
                vote(one, !abstain[0]),
                vote(two, !abstain[1]),
                vote(three, !abstain[2]),
            );
            let outcome = if abstain[0] { None } else { Some(2) };
            let voters: Vec<u32> = if abstain[0] { vec![] } else { vec![0, 2] };
            assert_eq!(heard.unwrap(), voters);
            assert_eq!([one, two, three].map(Result::unwrap), [outcome; 3]);
        });
    }
}
