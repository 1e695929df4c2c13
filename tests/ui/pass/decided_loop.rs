//! A loop whose end one role decides without a message of its own.

use crate::pass::stage::{Stage, run};
use stream::b::ItemOrDone;
use stream::{A, B};

aura_macros::aura_choreography! {
    #[namespace = "stream"]
    protocol Stream {
        roles: A, B;
        loop (decides: A) {
            A[guard_capability = "go"] -> B: Item(u64);
        }
        A[guard_capability = "go"] -> B: Done;
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, mut b) = (here.join::<A>(), here.join::<B>());
        let give = async {
            let state = a.start().unwrap().item(1).await.unwrap();
            drop(state.item(2).await.unwrap().done().await.unwrap());
        };
        let take = async {
            let (mut state, mut sum) = (b.start().unwrap(), 0);
            loop {
                match state.receive().await.unwrap() {
                    ItemOrDone::Item(item, next) => (state, sum) = (next, sum + item),
                    ItemOrDone::Done(_) => return sum,
                }
            }
        };
        let ((), sum) = futures::join!(give, take);
        assert_eq!(sum, 3);
    });
}
