//! Who waits for answers has nothing to abstain from.

#[path = "../council.rs"]
mod council;

use aura_runtime::session::SessionError;
use council::council::chair::ToMotion;

async fn wrong(state: ToMotion<'_>) -> Result<(), SessionError> {
    let _ = state.abstain().await?;
    Ok(())
}

fn main() {}
