//! A branch whose condition reads a result comes after the step that gives it.

#[path = "../loan.rs"]
mod loan;

use aura_runtime::session::{Session, SessionError};
use loan::loan::B;

async fn wrong(session: &mut Session<B>) -> Result<(), SessionError> {
    let (asked, state) = session.start()?.ask().await?;
    let _ = state.yes(asked).await?;
    Ok(())
}

fn main() {}
