//! What a message costs, leaks and leaves is what the protocol says.

use crate::pass::stage::{Stage, run};
use costs::payload::Ask;
use costs::{A, B};

aura_macros::aura_choreography! {
    #[namespace = "costs"]
    #[default_flow_cost = 7]
    protocol Costs {
        roles: A, B;
        A[guard_capability = "go", journal_facts = "asked(id)", leak = (external: 0.25)] -> B: Ask { id: u8 };
        B[guard_capability = "go", flow_cost = 11] -> A: Told;
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, mut b) = (here.join::<A>(), here.join::<B>());
        let waiting = a.start().unwrap().ask(Ask { id: 5 }).await.unwrap();
        let (_, turn) = b.start().unwrap().ask().await.unwrap();
        drop(turn.told().await.unwrap());
        drop(waiting.told().await.unwrap());
        assert_eq!((here.spent(0, 1), here.spent(1, 0)), (7, 11));
        let facts = here.ledgers[0].facts();
        assert_eq!((&*facts[0].namespace, &*facts[0].name), ("costs", "asked"));
        assert_eq!(costs::PROTOCOL.messages[0].leak, [250_000, 0, 0]);
    });
}
