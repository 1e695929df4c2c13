//! A block imports a file of the crate.

use crate::pass::stage::{Stage, run};
use imports::{A, B};

aura_macros::aura_choreography! {
    #[namespace = "imports"]
    import "tests/ui/pass/imported.aura";
    protocol Imports {
        roles: A, B;
        A[guard_capability = "greet"] -> B: Greeting;
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, mut b) = (here.join::<A>(), here.join::<B>());
        let greeting = Greeting {
            words: vec!["hello".to_owned()],
        };
        drop(a.start().unwrap().greeting(greeting.clone()).await.unwrap());
        let (heard, _end) = b.start().unwrap().greeting().await.unwrap();
        assert_eq!(heard, greeting);
    });
}
