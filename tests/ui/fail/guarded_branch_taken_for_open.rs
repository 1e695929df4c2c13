//! A branch with a condition may be refused: what it gives is not the next state.

#[path = "../loan.rs"]
mod loan;

use loan::loan::b::{End, ToYesOrNo};

async fn wrong(state: ToYesOrNo<'_>) -> End<'_> {
    state.yes(1).await
}

fn main() {}
