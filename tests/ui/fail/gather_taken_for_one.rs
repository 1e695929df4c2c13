//! A gather gives the answers of many, not one payload.

#[path = "../council.rs"]
mod council;

use aura_runtime::session::SessionError;
use council::council::chair::AwaitMinutes;

async fn wrong(state: AwaitMinutes<'_>) -> Result<String, SessionError> {
    let (minutes, _) = state.minutes().await?;
    Ok(minutes)
}

fn main() {}
