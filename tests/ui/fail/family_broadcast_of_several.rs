//! A broadcast takes one payload; every member gets a copy of it.

#[path = "../council.rs"]
mod council;

use aura_runtime::session::{Session, SessionError};
use council::{Motion, council::Chair};

async fn wrong(session: &mut Session<Chair>, motions: Vec<Motion>) -> Result<(), SessionError> {
    let _ = session.start()?.motion(motions).await?;
    Ok(())
}

fn main() {}
