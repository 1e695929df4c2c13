//! An answer that nobody stops waiting for cannot be abstained from.

#[path = "../council.rs"]
mod council;

use aura_runtime::session::SessionError;
use council::council::clerk::ToMinutes;

async fn wrong(state: ToMinutes<'_>) -> Result<(), SessionError> {
    let _ = state.abstain().await?;
    Ok(())
}

fn main() {}
