//! A session is not handed on while its state is in use.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Session;
use trade::trade::Buyer;

async fn wrong(mut session: Session<Buyer>) {
    let Ok(state) = session.start() else { return };
    drop(session);
    let _ = state.offer(trade::Offer { price: 1 }).await;
}

fn main() {}
