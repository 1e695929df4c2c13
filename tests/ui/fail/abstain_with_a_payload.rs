//! Who abstains says nothing.

#[path = "../council.rs"]
mod council;

use aura_runtime::session::SessionError;
use council::council::voter::ToVote;

async fn wrong(state: ToVote<'_>) -> Result<(), SessionError> {
    let _ = state.abstain(false).await?;
    Ok(())
}

fn main() {}
