//! A state cannot be read from bytes.

#[path = "../trade.rs"]
mod trade;

use trade::trade::buyer::ToPay;

fn wrong(text: &str) -> Option<ToPay<'static>> {
    serde_json::from_str(text).ok()
}

fn main() {}
