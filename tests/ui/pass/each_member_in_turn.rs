//! Inside a `for`, a step says which member it is about.

use crate::pass::stage::{Stage, run};
use aura_runtime::session::{Session, SessionError};

aura_macros::aura_choreography! {
    #[namespace = "each_member_in_turn"]
    protocol Deal {
        roles: Dealer, Player[n];
        for i in Player {
            Dealer[guard_capability = "deal"] -> Player[i]: Card(u32);
        }
    }
}
use deal::{Deal, Dealer, Player, dealer::Round};

async fn deal_all(mut session: Session<Dealer>) -> Result<(), SessionError> {
    let mut state = session.start()?;
    loop {
        let member = state.card_peer().map_or(0, |peer| peer.index());
        match state.card(10 + member).await? {
            Round::Again(next) => state = next,
            Round::Done(_) => return Ok(()),
        }
    }
}

async fn take(mut session: Session<Player>) -> Result<u32, SessionError> {
    Ok(session.start()?.card().await?.0)
}

pub(crate) fn main() {
    run(async {
        let mut stage = Stage::<Deal>::with_sizes(&[2]).await;
        let dealer = stage.join::<Dealer>();
        let one = stage.join_member::<Player>(0, 1);
        let two = stage.join_member::<Player>(1, 2);
        let (dealt, one, two) = tokio::join!(deal_all(dealer), take(one), take(two));
        dealt.unwrap();
        assert_eq!((one.unwrap(), two.unwrap()), (10, 11));
    });
}
