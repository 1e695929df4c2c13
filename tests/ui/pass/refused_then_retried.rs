//! A refusal gives state and message back, and both can be used again.

use crate::pass::stage::{Stage, run};
use aura_runtime::guard::Refusal;
use ping::A;

aura_macros::aura_choreography! {
    #[namespace = "refused"]
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
        here.revoke(0, "go");
        let refused = a
            .start()
            .unwrap()
            .ask(7)
            .await
            .unwrap_err()
            .refused()
            .unwrap();
        assert!(
            matches!(refused.reason, Refusal::AuthorizationDenied { .. }),
            "{:?}",
            refused.reason
        );
        assert_eq!((refused.message, here.spent(0, 1)), (7, 0));
        here.grant(0, "go");
        drop(refused.state.ask(refused.message).await.unwrap());
        assert_eq!(here.spent(0, 1), 100);
    });
}
