//! Roles and labels that are called like something of the generated code.

use crate::pass::stage::{Stage, run};

aura_macros::aura_choreography! {
    #[namespace = "meeting"]
    protocol Meeting {
        roles: Label, Payload;
        Label[guard_capability = "go"] -> Payload: Protocol;
        Payload[guard_capability = "go"] -> Label: At;
    }
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        let (mut a, mut b) = (
            here.join::<meeting::Label>(),
            here.join::<meeting::Payload>(),
        );
        let waiting = a.start().unwrap().protocol().await.unwrap();
        let turn = b.start().unwrap().protocol().await.unwrap();
        drop(turn.at().await.unwrap());
        drop(waiting.at().await.unwrap());
    });
}
