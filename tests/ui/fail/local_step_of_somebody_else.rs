//! What takes a role's local steps is asked for by name.

#[path = "../loan.rs"]
mod loan;

use aura_runtime::session::{SessionError};
use loan::loan::b::ToLimit;

struct Shop;

async fn wrong(state: ToLimit<'_>) -> Result<(), SessionError> {
    let _ = state.limit(&mut Shop).await?;
    Ok(())
}

fn main() {}
