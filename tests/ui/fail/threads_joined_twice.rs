//! A fork is behind its state: the same threads do not run again.

#[path = "../errand.rs"]
mod errand;

use aura_runtime::session::SessionError;
use errand::errand::{a, a_thread1, a_thread2};

async fn one(thread: a_thread1::ToX<'_>) -> Result<a_thread1::End<'_>, SessionError> {
    Ok(thread.x(2).await?.y().await?.1)
}

async fn other(thread: a_thread2::ToZ<'_>) -> Result<a_thread2::End<'_>, SessionError> {
    Ok(thread.z(1).await?.w().await?.1)
}

async fn wrong(state: a::ToFork<'_>) -> Result<(), SessionError> {
    let _ = state.fork(one, other).await?;
    let _ = state.fork(one, other).await?;
    Ok(())
}

fn main() {}
