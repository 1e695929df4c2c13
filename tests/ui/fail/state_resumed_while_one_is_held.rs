//! A session is not resumed while its state is in use.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Session;
use trade::trade::Buyer;

async fn wrong(session: &mut Session<Buyer>) {
    let Ok(state) = session.start() else { return };
    let again = session.resume().await;
    let _ = state.offer(trade::Offer { price: 1 }).await;
    drop(again);
}

fn main() {}
