//! The threads of a fork are run in their order.

#[path = "../errand.rs"]
mod errand;

use aura_runtime::session::{Session, SessionError};
use errand::errand::{A, a_thread1, a_thread2};

async fn wrong(session: &mut Session<A>) -> Result<(), SessionError> {
    let _ = session
        .start()?
        .fork(
            async |thread: a_thread2::ToZ<'_>| Ok(thread.z(1).await?.w().await?.1),
            async |thread: a_thread1::ToX<'_>| Ok::<_, SessionError>(thread.x(2).await?.y().await?.1),
        )
        .await?;
    Ok(())
}

fn main() {}
