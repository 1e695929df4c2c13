//! Payloads of every form: declared, written out, positional, generic, none.

use crate::pass::stage::{Stage, run};
use payloads::payload::Named;
use payloads::{A, B};

aura_macros::aura_choreography! {
    #[namespace = "payloads"]
    type Hash = [u8; 32];
    message Declared { root: Hash, path: Vec<Hash>, note: Option<String> }
    protocol Payloads {
        roles: A, B;
        A[guard_capability = "go"] -> B: Bare;
        A[guard_capability = "go"] -> B: Declared;
        A[guard_capability = "go"] -> B: Positional(u64, Hash, (bool, i32));
        A[guard_capability = "go"] -> B: Generic<Vec<Hash>>;
        A[guard_capability = "go"] -> B: Named { id: u64, body: [u8; 32] };
        A[guard_capability = "go"] -> B: Empty();
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, mut b) = (here.join::<A>(), here.join::<B>());
        let give = async {
            let state = a.start().unwrap().bare().await.unwrap();
            let declared = Declared {
                root: [1; 32],
                path: vec![[2; 32]],
                note: None,
            };
            let state = state.declared(declared).await.unwrap();
            let state = state.positional((1, [3; 32], (true, -1))).await.unwrap();
            let state = state.generic(vec![[4; 32]]).await.unwrap();
            let named = Named {
                id: 5,
                body: [6; 32],
            };
            drop(state.named(named).await.unwrap().empty().await.unwrap());
        };
        let take = async {
            let state = b.start().unwrap().bare().await.unwrap();
            let (declared, state) = state.declared().await.unwrap();
            assert_eq!(declared.path, [[2; 32]]);
            let (positional, state) = state.positional().await.unwrap();
            assert_eq!(positional, (1, [3; 32], (true, -1)));
            let (generic, state) = state.generic().await.unwrap();
            assert_eq!(generic, [[4; 32]]);
            let (named, state) = state.named().await.unwrap();
            assert_eq!(
                named,
                Named {
                    id: 5,
                    body: [6; 32]
                }
            );
            drop(state.empty().await.unwrap());
        };
        futures::join!(give, take);
    });
}
