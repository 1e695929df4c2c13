//! What was received is not what the code takes it for.

#[path = "../trade.rs"]
mod trade;

use trade::trade::seller::AwaitOffer;

async fn wrong(state: AwaitOffer<'_>) {
    let Ok((offer, _next)) = state.offer().await else { return };
    let _price: String = offer.price;
}

fn main() {}
