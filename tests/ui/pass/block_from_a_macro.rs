//! A block whose tokens come from another macro, out of several places.

use crate::pass::stage::{Stage, run};

macro_rules! one_message {
    ($name:ident, $label:ident, $namespace:literal) => {
        aura_macros::aura_choreography! {
            #[namespace = $namespace]
            protocol $name {
                roles: A, B;
                A[guard_capability = "go"] -> B: $label;
            }
        }
    };
}

one_message!(Early, Hello, "macros.early");
one_message!(Late, Goodbye, "macros.late");

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let mut other = Stage::open().await;
        drop(
            here.join::<early::A>()
                .start()
                .unwrap()
                .hello()
                .await
                .unwrap(),
        );
        drop(
            other
                .join::<late::A>()
                .start()
                .unwrap()
                .goodbye()
                .await
                .unwrap(),
        );
    });
}
