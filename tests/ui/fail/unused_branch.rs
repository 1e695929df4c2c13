//! An answer that nobody looks at.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::SessionError;
use trade::trade::buyer::AwaitAgreeOrDecline;

#[deny(unused_must_use)]
async fn wrong(state: AwaitAgreeOrDecline<'_>) -> Result<(), SessionError> {
    state.receive().await?;
    Ok(())
}

fn main() {}
