//! rumpsteak runs no session on a role of Aura.

#[path = "../trade.rs"]
mod trade;

use trade::trade::Buyer;

fn wrong() {
    let _ = rumpsteak::session::<Buyer, rumpsteak::End<'_>, (), fn(rumpsteak::End<'_>) -> Never>;
}

type Never = std::future::Pending<((), rumpsteak::End<'static>)>;

fn main() {}
