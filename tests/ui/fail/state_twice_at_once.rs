//! A session has one state at a time.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Session;
use trade::trade::Buyer;

async fn wrong(session: &mut Session<Buyer>) {
    let Ok(first) = session.start() else { return };
    let Ok(second) = session.start() else { return };
    let _ = first.offer(trade::Offer { price: 1 }).await;
    let _ = second.offer(trade::Offer { price: 2 }).await;
}

fn main() {}
