//! Members of a family that choose for themselves.

use aura_macros::aura_choreography;
use aura_runtime::session::{Session, SessionError};
use futures::future::try_join_all;

use super::stage::Stage;

aura_choreography! {
    #[namespace = "forms"]
    protocol Vote {
        roles: A, Q[m];
        A -> Q[*]: Ask;
        choice Q[any t] {
            yes: { Q[*] -> A: For(u8); }
            no: { Q[*] -> A: Against; }
        }
        A -> Q[*]: Result(bool);
    }
}
use vote::{A, Q, Vote, a::ForOrAgainstAnswer};

#[tokio::test]
async fn each_member_answers_for_itself() {
    let troupe = Stage::<Vote>::new(&[3, 3]).await;
    let mut room = troupe.room();
    let mut a = room.join::<A>(&troupe.ledgers[0]).unwrap();
    let mut members: Vec<Session<Q>> = (1..4)
        .map(|at| room.join(&troupe.ledgers[at]).unwrap())
        .collect();
    let counts = async {
        let (votes, state) = a.start()?.ask().await?.for_or_against().await?;
        let mut weight = 0;
        for vote in votes.values() {
            match vote {
                ForOrAgainstAnswer::YesFor(with) => weight += i32::from(*with),
                ForOrAgainstAnswer::NoAgainst => weight -= 1,
            }
        }
        state.result(weight > 0).await.map_err(SessionError::from)?;
        Ok::<_, SessionError>(weight)
    };
    let votes = members.iter_mut().map(|session| async {
        let index = session.member().index();
        let state = session.start()?.ask().await?;
        let state = match index {
            0 => state.for_(5).await?,
            _ => state.against().await?,
        };
        Ok::<_, SessionError>(state.result().await?.0)
    });
    let (weight, results) = futures::try_join!(counts, try_join_all(votes)).unwrap();
    assert_eq!((weight, results), (3, vec![true; 3]));
}
