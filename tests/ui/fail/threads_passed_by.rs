//! What comes behind a fork waits for its threads.

#[path = "../errand.rs"]
mod errand;

use aura_runtime::session::{Session, SessionError};
use errand::errand::A;

async fn wrong(session: &mut Session<A>) -> Result<(), SessionError> {
    let _ = session.start()?.thanks().await?;
    Ok(())
}

fn main() {}
