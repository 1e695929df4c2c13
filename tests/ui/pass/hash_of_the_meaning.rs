//! The hash does not change with blanks, comments or the way the text came in, and with all else it does.

use crate::pass::stage::{Stage, run};

mod file {
    aura_macros::aura_protocol!("tests/ui/pass/hashed.aura");
}

mod block {
    aura_macros::aura_choreography! {
        #[namespace = "hashed"] protocol Hashed { roles: A, B;
            A[guard_capability = "go"] -> B: Ask; }
    }
}

mod other {
    aura_macros::aura_choreography! {
        #[namespace = "hashed"] protocol Hashed { roles: A, B;
            A[guard_capability = "go", flow_cost = 101] -> B: Ask; }
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        drop(here.join::<file::hashed::A>());
        assert_eq!(file::hashed::PROTOCOL.hash, block::hashed::PROTOCOL.hash);
        assert_ne!(other::hashed::PROTOCOL.hash, block::hashed::PROTOCOL.hash);
    });
}
