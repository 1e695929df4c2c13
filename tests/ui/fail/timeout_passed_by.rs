//! The branch of those who are late leads elsewhere than the other one.

#[path = "../council.rs"]
mod council;

use aura_runtime::session::SessionError;
use council::council::chair::{AwaitVoteOrLate, VoteOrLate};

async fn wrong(state: AwaitVoteOrLate<'_>) -> Result<(), SessionError> {
    if let VoteOrLate::Late(state) = state.vote().await? {
        let _ = state.passed(0).await?;
    }
    Ok(())
}

fn main() {}
