//! Comments of every kind stand in a block as in a file.

use crate::pass::stage::{Stage, run};
use comments::{A, B};

aura_macros::aura_choreography! {
    // A comment.
    #[namespace = "comments"]
    /// A comment of documentation is a comment here.
    protocol Comments {
        roles: A, B; /* another */
        /** and another */
        A[guard_capability = "go"] -> B: Ask; // the last one
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, mut b) = (here.join::<A>(), here.join::<B>());
        drop(a.start().unwrap().ask().await.unwrap());
        drop(b.start().unwrap().ask().await.unwrap());
    });
}
