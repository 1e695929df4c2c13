//! A refusal becomes an error of the session by `?`.

use crate::pass::stage::{Stage, run};
use aura_runtime::session::{Session, SessionError};
use ping::A;

aura_macros::aura_choreography! {
    #[namespace = "question"]
    protocol Ping {
        roles: A, B;
        A[guard_capability = "go"] -> B: Ask(u32);
        B[guard_capability = "go"] -> A: Told(u32);
    }
}

async fn ask(session: &mut Session<A>) -> Result<(), SessionError> {
    session.start()?.ask(7).await?.told().await?;
    Ok(())
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let mut a = here.join();
        here.revoke(0, "go");
        let error = ask(&mut a).await.unwrap_err();
        assert!(matches!(error, SessionError::Refused(_)), "{error}");
    });
}
