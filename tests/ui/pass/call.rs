//! A protocol that goes on as another one.

use crate::pass::stage::{Stage, run};
use whole::{A, B};

aura_macros::aura_choreography! {
    #[namespace = "call"]
    protocol Whole {
        roles: A, B;
        A[guard_capability = "go"] -> B: Begin;
        call Rest(B, A);
    }
    #[namespace = "call.rest"]
    protocol Rest {
        roles: X, Y;
        X[guard_capability = "go"] -> Y: Left(u8);
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, mut b) = (here.join::<A>(), here.join::<B>());
        let state = a.start().unwrap().begin().await.unwrap();
        let turn = b.start().unwrap().begin().await.unwrap();
        drop(turn.left(3).await.unwrap());
        let (left, _end) = state.left().await.unwrap();
        assert_eq!(left, 3);
    });
}
