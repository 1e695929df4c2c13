//! A role in two branches of a `par` runs a thread for each.

use crate::pass::stage::{Stage, run};
use aura_runtime::session::{Session, SessionError};

aura_macros::aura_choreography! {
    #[namespace = "threads"]
    protocol Errand {
        roles: A, B, C;
        par {
            { A[guard_capability = "ask"] -> B: X(u8); B[guard_capability = "ask"] -> A: Y(u8); }
            { A[guard_capability = "ask"] -> C: Z(u8); C[guard_capability = "ask"] -> A: W(u8); }
        }
        A[guard_capability = "ask"] -> B: Thanks;
    }
}
use errand::{A, B, C, Errand, a_thread1, a_thread2};

async fn ask(mut session: Session<A>) -> Result<u8, SessionError> {
    let (mut y, mut w) = (0, 0);
    let behind = session
        .start()?
        .fork(
            async |thread: a_thread1::ToX<'_>| {
                let (answer, end) = thread.x(1).await?.y().await?;
                y = answer;
                Ok::<_, SessionError>(end)
            },
            async |thread: a_thread2::ToZ<'_>| {
                let (answer, end) = thread.z(2).await?.w().await?;
                w = answer;
                Ok(end)
            },
        )
        .await?;
    behind.thanks().await?;
    Ok(y + w)
}

async fn first(mut session: Session<B>) -> Result<(), SessionError> {
    let (x, state) = session.start()?.x().await?;
    state.y(x * 10).await?.thanks().await?;
    Ok(())
}

async fn second(mut session: Session<C>) -> Result<(), SessionError> {
    let (z, state) = session.start()?.z().await?;
    state.w(z * 10).await?;
    Ok(())
}

pub(crate) fn main() {
    run(async {
        let mut stage = Stage::<Errand>::open().await;
        let (a, b, c) = (stage.join::<A>(), stage.join::<B>(), stage.join::<C>());
        let (sum, b, c) = tokio::join!(ask(a), first(b), second(c));
        assert_eq!(sum.unwrap(), 30);
        b.unwrap();
        c.unwrap();
    });
}
