//! A state that nobody goes on from.

#[path = "../trade.rs"]
mod trade;

use aura_runtime::session::{Session, SessionError};
use trade::trade::Buyer;

#[deny(unused_must_use)]
async fn wrong(session: &mut Session<Buyer>) -> Result<(), SessionError> {
    session.start()?;
    Ok(())
}

fn main() {}
