//! Three of five have to approve within two seconds; one is dead, one is late, one abstains.
//!
//! In the first round the quorum cannot be reached any more once a member has abstained, so the
//! proposer gives up; in the second it is reached without the late one, whose answer is charged and
//! absorbed. Time is virtual: nothing here waits.

use std::{error::Error, time::Duration};

use aura_macros::aura_choreography;
use aura_runtime::{
    endpoint::Limits,
    session::{Room, Session, SessionError},
};
use futures::future::try_join_all;
use snapshot::{P, Q, Snapshot, p::ApproveOrLate, q::CommitOrAbort};
use tokio::time::{Instant, sleep};

mod stage;

aura_choreography! {
    #[namespace = "examples"]
    protocol Snapshot {
        roles: P, Q[m];
        P[guard_capability = "propose", flow_cost = 50] -> Q[*]: Propose(u64);
        timeout (2s) at P {
            Q[any t][guard_capability = "approve", flow_cost = 20] -> P: Approve(u64);
            P[guard_capability = "propose", flow_cost = 50] -> Q[*]: Commit(u64);
        } else {
            P[guard_capability = "propose", flow_cost = 20] -> Q[*]: Abort;
        }
    }
}

use Habit::{Abstains, Approves, Dead};

/// What a member does.
#[derive(Clone, Copy)]
enum Habit {
    Dead,
    Abstains,
    Approves(u64),
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    tokio::time::pause();
    round(
        1,
        4,
        [Approves(100), Dead, Approves(5000), Abstains, Approves(300)],
    )
    .await?;
    round(
        2,
        2,
        [Approves(100), Dead, Approves(5000), Abstains, Approves(300)],
    )
    .await
}

async fn round(number: u64, quorum: u32, habits: [Habit; 5]) -> Result<(), Box<dyn Error>> {
    let roster = stage::roster::<Snapshot>(&[5, quorum])?;
    let context = roster.contexts[0];
    let mine = stage::ledger::<Snapshot>(&roster, 1000).await?;
    let mut room = Room::new(roster.clone(), Limits::default())?;
    let mut proposer: Session<P> = room.join(&mine)?;
    let (mut members, mut ledgers) = (Vec::new(), Vec::new());
    for (member, habit) in (0u32..).zip(habits) {
        if !matches!(habit, Dead) {
            let ledger = stage::ledger::<Snapshot>(&roster, 1000).await?;
            members.push((room.join_member::<Q>(member, &ledger)?, habit));
            ledgers.push(ledger);
        }
    }
    drop(room);
    let began = Instant::now();
    let decide = async {
        let (outcome, approvals) = match proposer.start()?.propose(7).await?.approve().await? {
            ApproveOrLate::Approve(answers, state) => {
                let approvals = answers.len();
                state.commit(7).await?;
                ("committed", approvals)
            }
            ApproveOrLate::Late(state) => {
                state.abort().await?;
                ("aborted", 0)
            }
        };
        let after = began.elapsed().as_millis();
        Ok::<_, SessionError>(format!(
            "{outcome} with {approvals} approvals after {after} ms"
        ))
    };
    let all = members
        .iter_mut()
        .map(|(session, habit)| member(session, *habit));
    let (outcome, heard) = futures::try_join!(decide, try_join_all(all))?;
    println!("round {number}: {outcome}");
    println!(
        "round {number}: {} of {} members heard the same",
        heard.len(),
        ledgers.len()
    );
    let charged: u64 = ledgers
        .iter()
        .map(|ledger| ledger.budget(context, stage::authority(0)).spent)
        .sum();
    println!("round {number}: members were charged {charged}");
    Ok(())
}

async fn member(session: &mut Session<Q>, habit: Habit) -> Result<bool, SessionError> {
    let (cut, state) = session.start()?.propose().await?;
    let state = match habit {
        Approves(after) => {
            sleep(Duration::from_millis(after)).await;
            state.approve(cut).await?
        }
        Abstains | Dead => state.abstain().await?,
    };
    Ok(matches!(state.receive().await?, CommitOrAbort::Commit(..)))
}
