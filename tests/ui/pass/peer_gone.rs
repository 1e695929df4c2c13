//! Whoever leaves is missed by name.

use crate::pass::stage::{Stage, run};
use aura_runtime::session::SessionError;
use ping::{A, B};

aura_macros::aura_choreography! {
    #[namespace = "gone"]
    protocol Ping {
        roles: A, B;
        A[guard_capability = "go"] -> B: Ask(u32);
        B[guard_capability = "go"] -> A: Told(u32);
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, b) = (here.join::<A>(), here.join::<B>());
        let waiting = a.start().unwrap().ask(7).await.unwrap();
        drop(b);
        let error = waiting.told().await.map(drop).unwrap_err();
        assert_eq!(error, SessionError::PeerLost { role: "B" });
    });
}
