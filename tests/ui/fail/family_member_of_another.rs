//! A member of one family is no member of another.

#[path = "../council.rs"]
mod council;

use aura_runtime::session::{Answers, Member};
use council::council::{Clerk, Voter};

fn wrong(votes: &Answers<Voter, bool>, clerk: Member<Clerk>) -> Option<&bool> {
    votes.get(clerk)
}

fn main() {}
