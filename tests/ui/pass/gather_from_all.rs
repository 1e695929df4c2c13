//! A broadcast to a family, and the answers of all of it; members choose what they say.

use crate::pass::stage::{Stage, run};
use aura_runtime::session::{Session, SessionError};

aura_macros::aura_choreography! {
    #[namespace = "gather_from_all"]
    protocol Poll {
        roles: Asker, Member[n];
        Asker[guard_capability = "ask"] -> Member[*]: Ask(u8);
        choice Member[*] {
            yes: { Member[*][guard_capability = "answer"] -> Asker: Yes(u8); }
            no: { Member[*][guard_capability = "answer"] -> Asker: No; }
        }
    }
}
use poll::{Asker, Member, Poll, asker::YesOrNoAnswer};

async fn ask(mut session: Session<Asker>) -> Result<Vec<Option<u8>>, SessionError> {
    let (answers, _) = session.start()?.ask(4).await?.yes_or_no().await?;
    let said = answers.into_iter().map(|(_, answer)| match answer {
        YesOrNoAnswer::YesYes(number) => Some(number),
        YesOrNoAnswer::NoNo => None,
    });
    Ok(said.collect())
}

async fn answer(mut session: Session<Member>) -> Result<(), SessionError> {
    let me = session.member().index();
    let (number, state) = session.start()?.ask().await?;
    if me == 1 {
        state.no().await?;
    } else {
        state.yes(number + u8::try_from(me).unwrap()).await?;
    }
    Ok(())
}

pub(crate) fn main() {
    run(async {
        let mut stage = Stage::<Poll>::with_sizes(&[3]).await;
        let asker = stage.join::<Asker>();
        let [one, two, three] =
            [0, 1, 2].map(|member| stage.join_member::<Member>(member, 1 + member as usize));
        let (heard, one, two, three) =
            tokio::join!(ask(asker), answer(one), answer(two), answer(three));
        assert_eq!(heard.unwrap(), [Some(4), None, Some(6)]);
        for done in [one, two, three] {
            done.unwrap();
        }
    });
}
