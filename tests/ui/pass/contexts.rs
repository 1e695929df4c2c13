//! Two contexts and the bridge between them.

use crate::pass::stage::{Stage, run};
use contexts::{A, B, C};

aura_macros::aura_choreography! {
    #[namespace = "contexts"]
    protocol Contexts {
        roles: A, B, C;
        in relationship near { A[guard_capability = "go"] -> B: Ask; }
        bridge from relationship near to group far { B[guard_capability = "go"] -> C: Pass; }
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, mut b, mut c) = (here.join::<A>(), here.join::<B>(), here.join::<C>());
        drop(a.start().unwrap().ask().await.unwrap());
        let turn = b.start().unwrap().ask().await.unwrap();
        drop(turn.pass().await.unwrap());
        drop(c.start().unwrap().pass().await.unwrap());
        let names: Vec<_> = contexts::PROTOCOL
            .contexts
            .iter()
            .map(|context| context.name)
            .collect();
        assert_eq!(names, ["near", "far"]);
    });
}
