//! Code that works for every protocol.

use crate::pass::stage::{Stage, run};
use aura_runtime::session::{Choreography, Role, Session};
use ping::{B, Ping};

aura_macros::aura_choreography! {
    #[namespace = "any"]
    protocol Ping {
        roles: A, B;
        A[guard_capability = "go"] -> B: Ask(u32);
        B[guard_capability = "go"] -> A: Told(u32);
    }
}

fn described<P: Choreography>() -> String {
    let protocol = P::protocol();
    let roles: Vec<_> = protocol.roles.iter().map(|role| role.name).collect();
    format!(
        "{} {}: {}",
        protocol.namespace,
        protocol.version,
        roles.join(", ")
    )
}

fn opened<R: Role>(session: &mut Session<R>) -> bool {
    session.start().is_ok()
}

pub(crate) fn main() {
    run(async {
        let mut here = Stage::open().await;
        assert_eq!(described::<Ping>(), "any 0.1.0: A, B");
        assert!(opened(&mut here.join::<B>()));
    });
}
