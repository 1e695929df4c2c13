//! A message and its answer.

use crate::pass::stage::{Stage, run};
use aura_runtime::session::{Session, SessionError};
use ping::{A, B};

aura_macros::aura_choreography! {
    #[namespace = "ping"]
    protocol Ping {
        roles: A, B;
        A[guard_capability = "go"] -> B: Ask(u32);
        B[guard_capability = "go"] -> A: Told(u32);
    }
}

async fn ask(session: &mut Session<A>) -> Result<u32, SessionError> {
    let (told, _end) = session.start()?.ask(7).await?.told().await?;
    Ok(told)
}

async fn tell(session: &mut Session<B>) -> Result<(), SessionError> {
    let (asked, turn) = session.start()?.ask().await?;
    turn.told(asked + 1).await?;
    Ok(())
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, mut b) = (here.join::<A>(), here.join::<B>());
        let (told, ()) = futures::try_join!(ask(&mut a), tell(&mut b)).unwrap();
        assert_eq!(told, 8);
        assert_eq!((here.spent(0, 1), here.spent(1, 0)), (100, 100));
    });
}
