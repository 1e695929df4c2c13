//! The payload of a label cannot be exchanged.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::machine::LabelId;
use aura_runtime::session::Label;
use trade::trade::{Message, Trade, label};

impl Label for label::Offer {
    type Of = Trade;
    type Payload = trade::Pay;
    const LABEL: LabelId = LabelId(0);

    fn wrap(_payload: trade::Pay) -> Message {
        todo!()
    }

    fn unwrap(message: Message) -> Result<trade::Pay, Message> {
        Err(message)
    }

    fn peek(_message: &Message) -> Option<&trade::Pay> {
        None
    }
}

fn main() {}
