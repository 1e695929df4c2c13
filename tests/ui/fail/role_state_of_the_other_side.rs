//! A state of the seller where one of the buyer is wanted.

#[path = "../trade.rs"]
mod trade;

use trade::trade::{buyer, seller};

async fn offer(_state: buyer::ToOffer<'_>) {}

async fn wrong(state: seller::AwaitOffer<'_>) {
    offer(state).await;
}

fn main() {}
