//! A role's local steps are all written.

#[path = "../loan.rs"]
mod loan;

use loan::loan::BLocal;

struct Bank;

impl BLocal for Bank {}

fn main() {}
