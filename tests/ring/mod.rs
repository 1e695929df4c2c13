//! A token that goes round, for sessions of more than two nodes.
#![allow(clippy::unwrap_used, missing_docs, unreachable_pub, reason = "tests")]

use aura_macros::aura_choreography;
use aura_runtime::{
    identity::{Roster, Seat, SessionId},
    node::Node,
    session::{Choreography, SessionError},
};

use crate::stream::{context, id};

pub mod three {
    use super::aura_choreography;

    aura_choreography! {
        #[namespace = "ring_of_three"]
        #[default_flow_cost = 1]
        message Token { hops: u64 }
        protocol Ring {
            roles: A, B, C;
            A[guard_capability = "send"] -> B: Token;
            B[guard_capability = "send"] -> C: Token;
            C[guard_capability = "send"] -> A: Token;
        }
    }

    pub use ring::{A, B, C, Ring};
}

pub mod five {
    use super::aura_choreography;

    aura_choreography! {
        #[namespace = "ring_of_five"]
        #[default_flow_cost = 1]
        message Token { hops: u64 }
        protocol Ring {
            roles: A, B, C, D, E;
            A[guard_capability = "send"] -> B: Token;
            B[guard_capability = "send"] -> C: Token;
            C[guard_capability = "send"] -> D: Token;
            D[guard_capability = "send"] -> E: Token;
            E[guard_capability = "send"] -> A: Token;
        }
    }

    pub use ring::{A, B, C, D, E, Ring};
}

/// A roster of a ring with as many seats as there are seeds.
pub fn roster(seeds: &[u8]) -> Roster {
    let protocol = match seeds.len() {
        3 => three::Ring::protocol(),
        _ => five::Ring::protocol(),
    };
    let seats = (0u16..).zip(seeds).map(|(role, seed)| Seat {
        role,
        member: 0,
        authority: id(*seed),
    });
    Roster {
        protocol: protocol.hash,
        session: SessionId::random().unwrap(),
        contexts: vec![context()],
        sizes: vec![],
        seats: seats.collect(),
    }
}

/// Takes the token on.
macro_rules! pass {
    ($node:expr, $ring:ident, $role:ident) => {
        async {
            let mut acceptor = $node.offer::<$ring::$role>(|_, _| true);
            let mut session = acceptor.accept().await.map_err(|error| error.to_string())?;
            let state = session.start().map_err(said)?;
            let (token, state) = state.token().await.map_err(said)?;
            let next = $ring::Token {
                hops: token.hops + 1,
            };
            let sent = state.token(next).await;
            let _ = sent.map_err(|error| said(error.into()))?;
            Ok::<_, String>(())
        }
    };
}

/// Sends the token off and waits for it; how often it was handed on.
macro_rules! begin {
    ($node:expr, $ring:ident, $roster:expr) => {
        async {
            let opened = $node.open::<$ring::A>($roster).await;
            let mut session = opened.map_err(|error| error.to_string())?;
            let state = session.start().map_err(said)?;
            let sent = state.token($ring::Token { hops: 1 }).await;
            let state = sent.map_err(|error| said(error.into()))?;
            Ok::<_, String>(state.token().await.map_err(said)?.0.hops)
        }
    };
}

#[allow(clippy::needless_pass_by_value, reason = "for `map_err`")]
fn said(error: SessionError) -> String {
    error.to_string()
}

pub async fn three(nodes: &[Node], roster: Roster) -> Result<u64, String> {
    let (last, middle) = (nodes.last().unwrap(), &nodes[1]);
    let (hops, (), ()) = futures::try_join!(
        begin!(nodes[0], three, roster),
        pass!(middle, three, B),
        pass!(last, three, C)
    )?;
    Ok(hops)
}

pub async fn five(nodes: &[Node], roster: Roster) -> Result<u64, String> {
    let (hops, (), (), (), ()) = futures::try_join!(
        begin!(nodes[0], five, roster),
        pass!(nodes[1], five, B),
        pass!(nodes[2], five, C),
        pass!(nodes[3], five, D),
        pass!(nodes[4], five, E)
    )?;
    Ok(hops)
}
