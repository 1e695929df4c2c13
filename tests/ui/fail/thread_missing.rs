//! Every thread of a fork is run.

#[path = "../errand.rs"]
mod errand;

use aura_runtime::session::SessionError;
use errand::errand::{a, a_thread1};

async fn one(thread: a_thread1::ToX<'_>) -> Result<a_thread1::End<'_>, SessionError> {
    Ok(thread.x(2).await?.y().await?.1)
}

async fn wrong(state: a::ToFork<'_>) -> Result<(), SessionError> {
    let _ = state.fork(one).await?;
    Ok(())
}

fn main() {}
