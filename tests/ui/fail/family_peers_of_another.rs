//! The members of one family are not those of another.

#[path = "../council.rs"]
mod council;

use aura_runtime::session::{Peers, Session};
use council::council::{Chair, Clerk, Voter};

fn wrong(session: &Session<Chair>) -> Peers<Clerk> {
    session.peers::<Voter>()
}

fn main() {}
