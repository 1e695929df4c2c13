//! After a dropped future a session tells where it stands.

use crate::pass::stage::{Stage, run};
use aura_runtime::session::SessionError;
use ping::a::At;
use ping::{A, B};

aura_macros::aura_choreography! {
    #[namespace = "resumed"]
    protocol Ping {
        roles: A, B;
        A[guard_capability = "go"] -> B: Ask(u32);
        B[guard_capability = "go"] -> A: Told(u32);
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, mut b) = (here.join::<A>(), here.join::<B>());
        let waiting = a.start().unwrap().ask(7).await.unwrap();
        // Nothing has come yet; whoever stops waiting loses nothing.
        assert!(futures::FutureExt::now_or_never(waiting.told()).is_none());
        assert!(matches!(a.start(), Err(SessionError::Moved)));
        let (asked, turn) = b.start().unwrap().ask().await.unwrap();
        drop(turn.told(asked).await.unwrap());
        let At::AwaitTold(waiting) = a.resume().await else {
            panic!("it waits for an answer")
        };
        let (told, _end) = waiting.told().await.unwrap();
        assert_eq!(told, 7);
        assert!(matches!(a.resume().await, At::End(_)));
    });
}
