//! Three roles, each of which hands on what it got.

use crate::pass::stage::{Stage, run};
use ring::{A, B, C};

aura_macros::aura_choreography! {
    #[namespace = "ring"]
    protocol Ring {
        roles: A, B, C;
        A[guard_capability = "go"] -> B: Token(u64);
        B[guard_capability = "go"] -> C: Token(u64);
        C[guard_capability = "go"] -> A: Token(u64);
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, mut b, mut c) = (here.join::<A>(), here.join::<B>(), here.join::<C>());
        let waiting = a.start().unwrap().token(1).await.unwrap();
        let (token, turn) = b.start().unwrap().token().await.unwrap();
        drop(turn.token(token * 2).await.unwrap());
        let (token, turn) = c.start().unwrap().token().await.unwrap();
        drop(turn.token(token * 2).await.unwrap());
        let (token, _end) = waiting.token().await.unwrap();
        assert_eq!(token, 4);
    });
}
