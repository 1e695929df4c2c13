//! Rounds until one side has enough, by recursion.

use crate::pass::stage::{Stage, run};
use rounds::b::MoreOrEnough;
use rounds::{A, B};

aura_macros::aura_choreography! {
    #[namespace = "rounds"]
    protocol Rounds {
        roles: A, B;
        rec Again {
            choice A {
                more: { A[guard_capability = "go"] -> B: More(u8); B[guard_capability = "go"] -> A: Thanks; continue Again; }
                enough: { A[guard_capability = "go"] -> B: Enough; }
            }
        }
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, mut b) = (here.join::<A>(), here.join::<B>());
        let give = async {
            let mut state = a.start().unwrap();
            for at in 0..5 {
                state = state.more(at).await.unwrap().thanks().await.unwrap();
            }
            drop(state.enough().await.unwrap());
        };
        let take = async {
            let (mut state, mut sum) = (b.start().unwrap(), 0);
            loop {
                match state.receive().await.unwrap() {
                    MoreOrEnough::More(at, turn) => {
                        sum += at;
                        state = turn.thanks().await.unwrap();
                    }
                    MoreOrEnough::Enough(_) => return sum,
                }
            }
        };
        let ((), sum) = futures::join!(give, take);
        assert_eq!(sum, 10);
    });
}
