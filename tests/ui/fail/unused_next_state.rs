//! The state after a send, which nobody goes on from.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::SessionError;
use trade::trade::buyer::ToOffer;

#[deny(unused_must_use)]
async fn wrong(state: ToOffer<'_>) -> Result<(), SessionError> {
    state.offer(trade::Offer { price: 1 }).await?;
    Ok(())
}

fn main() {}
