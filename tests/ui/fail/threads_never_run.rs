//! A fork that nobody awaits runs nothing.
#![deny(unused_must_use)]

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

fn wrong(state: a::ToFork<'_>) {
    state.fork(one, other);
}

fn main() {}
