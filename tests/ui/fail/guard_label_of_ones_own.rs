//! The payload of a label cannot be exchanged.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::Label;
use trade::trade::{Message, Trade, label};

impl Label for label::Offer {
    type Of = Trade;
    type Payload = trade::Pay;

    fn open(_message: Message) -> Option<trade::Pay> {
        None
    }
}

fn main() {}
