//! A decision that nobody else learns of is a step of its own.

use crate::pass::stage::{Stage, run};
use silent::b::ItemOrNothing;
use silent::{A, B};

aura_macros::aura_choreography! {
    #[namespace = "silent"]
    protocol Silent {
        roles: A, B;
        choice A {
            now: { A[guard_capability = "go"] -> B: Item; }
            never: { A[guard_capability = "go"] -> B: Nothing; }
        }
        B[guard_capability = "go"] -> A: Seen;
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, mut b) = (here.join::<A>(), here.join::<B>());
        let waiting = a.start().unwrap().nothing().await.unwrap();
        let seen = match b.start().unwrap().receive().await.unwrap() {
            ItemOrNothing::Item(turn) | ItemOrNothing::Nothing(turn) => turn.seen().await.unwrap(),
        };
        drop(seen);
        drop(waiting.seen().await.unwrap());
    });
}
