//! One label in both branches is told apart by the branch.

use crate::pass::stage::{Stage, run};
use equal::b::FirstItemOrSecondItem;
use equal::{A, B};

aura_macros::aura_choreography! {
    #[namespace = "equal"]
    protocol Equal {
        roles: A, B;
        choice A {
            first: { A[guard_capability = "go"] -> B: Item(u8); B[guard_capability = "go"] -> A: One; }
            second: { A[guard_capability = "go"] -> B: Item(u8); B[guard_capability = "go"] -> A: Two; }
        }
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, mut b) = (here.join::<A>(), here.join::<B>());
        let waiting = a.start().unwrap().second_item(2).await.unwrap();
        match b.start().unwrap().receive().await.unwrap() {
            FirstItemOrSecondItem::FirstItem(..) => panic!("the second branch was taken"),
            FirstItemOrSecondItem::SecondItem(item, turn) => {
                assert_eq!(item, 2);
                drop(turn.two().await.unwrap());
            }
        }
        drop(waiting.two().await.unwrap());
    });
}
