//! Labels, fields and roles whose names Rust keeps for itself.

use crate::pass::stage::{Stage, run};
use keywords::Match;
use keywords::payload::Type;

aura_macros::aura_choreography! {
    #[namespace = "keywords"]
    protocol Keywords {
        roles: Self_, Match;
        Self_[guard_capability = "go"] -> Match: Type { gen: u8 };
        Match[guard_capability = "go"] -> Self_: Async;
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut this, mut other) = (here.join(), here.join::<Match>());
        let give = async {
            let session: &mut aura_runtime::session::Session<keywords::Self_> = &mut this;
            let sent = Type { gen_: 1 };
            drop(
                session
                    .start()
                    .unwrap()
                    .type_(sent)
                    .await
                    .unwrap()
                    .async_()
                    .await
                    .unwrap(),
            );
        };
        let take = async {
            let (kind, turn) = other.start().unwrap().type_().await.unwrap();
            drop(turn.async_().await.unwrap());
            kind.gen_
        };
        let ((), kind) = futures::join!(give, take);
        assert_eq!(kind, 1);
    });
}
