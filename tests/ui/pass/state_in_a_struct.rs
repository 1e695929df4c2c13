//! A state can be kept in a struct and handed on.

use crate::pass::stage::{Stage, run};
use aura_runtime::session::Unsent;
use ping::A;
use ping::a::{AwaitTold, ToAsk};

aura_macros::aura_choreography! {
    #[namespace = "kept"]
    protocol Ping {
        roles: A, B;
        A[guard_capability = "go"] -> B: Ask(u32);
        B[guard_capability = "go"] -> A: Told(u32);
    }
}

struct Client<'s> {
    name: &'static str,
    state: ToAsk<'s>,
}

impl<'s> Client<'s> {
    async fn ask(self, what: u32) -> Result<AwaitTold<'s>, Unsent<ToAsk<'s>, u32>> {
        assert_eq!(self.name, "client");
        self.state.ask(what).await
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let mut a = here.join::<A>();
        let client = Client {
            name: "client",
            state: a.start().unwrap(),
        };
        drop(client.ask(1).await.unwrap());
    });
}
