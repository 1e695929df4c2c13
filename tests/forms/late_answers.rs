//! Answers that come after a quorum was full, over many rounds.

use aura_macros::aura_choreography;
use aura_runtime::session::{Session, SessionError};
use futures::future::try_join_all;

use super::stage::Stage;

type Done = Result<(), SessionError>;

aura_choreography! {
    #[namespace = "forms"]
    protocol Again {
        roles: A, Q[m];
        loop (decides: A) {
            A -> Q[*]: Ask(u32);
            Q[any t] -> A: Answer(u32);
        }
        A -> Q[*]: Stop;
    }
}
use again::{A, Again, Q, q::AskOrStop};

async fn asks(session: &mut Session<A>) -> Result<Vec<u32>, SessionError> {
    let mut state = session.start()?;
    let mut heard = Vec::new();
    for round in 0..20 {
        let (answers, next) = state.ask(round).await?.answer().await?;
        heard.extend(answers.values());
        state = next;
    }
    state.stop().await?;
    Ok(heard)
}

async fn answers(session: &mut Session<Q>) -> Done {
    let mut state = session.start()?;
    loop {
        match state.receive().await? {
            AskOrStop::Ask(round, next) => state = next.answer(round).await?,
            AskOrStop::Stop(_) => return Ok(()),
        }
    }
}

/// With one answer of three needed, two of each round come late and are absorbed: an answer to
/// an earlier question is never taken for one to a later.
#[tokio::test]
async fn late_answers_never_count_for_a_later_round() {
    let mut troupe = Stage::<Again>::new(&[3, 1]).await;
    let mut room = troupe.room();
    let mut a = room.join(&troupe.ledgers[0]).unwrap();
    let mut members: Vec<_> = (1..4)
        .map(|at| room.join(&troupe.ledgers[at]).unwrap())
        .collect();
    let all = try_join_all(members.iter_mut().map(answers));
    let (heard, _) = futures::try_join!(asks(&mut a), all).unwrap();
    assert_eq!(heard, (0..20).collect::<Vec<u32>>());
    troupe.connect();
    let accepted: Vec<_> = (1..4).map(|seat| troupe.accept::<Q>(seat)).collect();
    let (mut a, mut members) =
        futures::join!(troupe.open::<A>(), futures::future::join_all(accepted));
    let all = try_join_all(members.iter_mut().map(answers));
    let (heard, _) = futures::try_join!(asks(&mut a), all).unwrap();
    assert_eq!(heard, (0..20).collect::<Vec<u32>>());
}
