//! What a message costs cannot be changed.

#[path = "../trade.rs"]
mod trade;

fn wrong() {
    trade::trade::PROTOCOL.messages[0].cost = 1;
}

fn main() {}
