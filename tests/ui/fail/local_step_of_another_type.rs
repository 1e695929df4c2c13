//! A local step gives what the protocol says.

#[path = "../loan.rs"]
mod loan;

use aura_runtime::session::LocalError;
use loan::loan::BLocal;

struct Bank;

impl BLocal for Bank {
    async fn limit(&mut self, _ask: &u64) -> Result<String, LocalError> {
        Ok("plenty".to_owned())
    }
}

fn main() {}
