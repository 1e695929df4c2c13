//! `par`: the fork is one step, and what its threads hear is heard once.

use aura_runtime::session::{Session, SessionError};

use crate::forms::cast::{Part, Seen, Step, play, sent};
pub(crate) use crate::forms::threads::both;

play!(both::Both, [], [both::A, both::B, both::C], {
    const THREADED: bool = true;
});

/// One thread, from wherever it stands to its end.
async fn asks<'t>(
    mut at: both::a_thread1::At<'t>,
    seen: &Seen,
) -> Result<both::a_thread1::End<'t>, SessionError> {
    loop {
        at = match at {
            both::a_thread1::At::ToX(state) => both::a_thread1::At::AwaitY(state.x(1).await?),
            both::a_thread1::At::AwaitY(state) => {
                let (answer, end) = state.y().await?;
                seen.hear(format!("y {answer}"));
                return Ok(end);
            }
            both::a_thread1::At::End(end) => return Ok(end),
        };
    }
}

async fn asks_too<'t>(
    mut at: both::a_thread2::At<'t>,
    seen: &Seen,
) -> Result<both::a_thread2::End<'t>, SessionError> {
    loop {
        at = match at {
            both::a_thread2::At::ToZ(state) => both::a_thread2::At::AwaitW(state.z(2).await?),
            both::a_thread2::At::AwaitW(state) => {
                let (answer, end) = state.w().await?;
                seen.hear(format!("w {answer}"));
                return Ok(end);
            }
            both::a_thread2::At::End(end) => return Ok(end),
        };
    }
}

impl Part for both::A {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            both::a::At::ToFork(state) => {
                let _ = state
                    .resume(
                        async |thread: both::a_thread1::At<'_>| asks(thread, seen).await,
                        async |thread: both::a_thread2::At<'_>| asks_too(thread, seen).await,
                    )
                    .await?;
                Ok(true)
            }
            both::a::At::ToSum(state) => sent(state.sum(3).await),
            both::a::At::ToSum2(state) => sent(state.sum(4).await),
            both::a::At::End(_) => Ok(false),
        }
    }
}

impl Part for both::B {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            both::b::At::AwaitX(state) => {
                seen.hear(format!("x {}", state.x().await?.0));
                Ok(true)
            }
            both::b::At::ToY(state) => sent(state.y(5).await),
            both::b::At::AwaitSum(state) => {
                seen.hear(format!("sum {}", state.sum().await?.0));
                Ok(true)
            }
            both::b::At::ToBye(state) => sent(state.bye().await),
            both::b::At::End(_) => Ok(false),
        }
    }
}

impl Part for both::C {
    async fn step(session: &mut Session<Self>, seen: &Seen) -> Step {
        match session.resume().await {
            both::c::At::AwaitZ(state) => {
                seen.hear(format!("z {}", state.z().await?.0));
                Ok(true)
            }
            both::c::At::ToW(state) => sent(state.w(6).await),
            both::c::At::AwaitSum(state) => {
                seen.hear(format!("sum {}", state.sum().await?.0));
                Ok(true)
            }
            both::c::At::AwaitBye(state) => {
                let _ = state.bye().await?;
                seen.hear("bye");
                Ok(true)
            }
            both::c::At::End(_) => Ok(false),
        }
    }
}
