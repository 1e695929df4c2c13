//! Sessions and the futures of their steps move between threads.

use crate::pass::stage::{Stage, run};
use ping::{A, B};

aura_macros::aura_choreography! {
    #[namespace = "threads"]
    protocol Ping {
        roles: A, B;
        A[guard_capability = "go"] -> B: Ask(u32);
        B[guard_capability = "go"] -> A: Told(u32);
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, mut b) = (here.join::<A>(), here.join::<B>());
        let ask = std::thread::spawn(move || {
            run(async {
                let waiting = a.start().unwrap().ask(1).await.unwrap();
                let (told, _end) = waiting.told().await.unwrap();
                assert_eq!(told, 1);
            });
        });
        // A task may move to another thread at each of its steps.
        let tell = tokio::spawn(async move {
            let (asked, turn) = b.start().unwrap().ask().await.unwrap();
            drop(turn.told(asked).await.unwrap());
        });
        tell.await.unwrap();
        ask.join().unwrap();
    });
}
