//! Sessions, states and errors can be printed, and show no payload.

use crate::pass::stage::{Stage, run};
use ping::A;

aura_macros::aura_choreography! {
    #[namespace = "debugged"]
    protocol Ping {
        roles: A, B;
        A[guard_capability = "go"] -> B: Ask(u32);
        B[guard_capability = "go"] -> A: Told(u32);
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let mut a = here.join::<A>();
        assert!(format!("{a:?}").contains("Session"));
        let state = a.start().unwrap();
        assert!(format!("{state:?}").starts_with("ToAsk"));
        let waiting = state.ask(123_456).await.unwrap();
        assert!(!format!("{waiting:?}").contains("123456"));
    });
}
