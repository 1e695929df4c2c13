//! While a timer runs, what is awaited may be late.

#[path = "../council.rs"]
mod council;

use aura_runtime::session::SessionError;
use council::council::chair::{AwaitVoteOrLate, VoteOrLate};

async fn wrong(state: AwaitVoteOrLate<'_>) -> Result<usize, SessionError> {
    match state.vote().await? {
        VoteOrLate::Vote(votes, _) => Ok(votes.len()),
    }
}

fn main() {}
