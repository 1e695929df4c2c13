//! Any bytes are frames, or refused without a trace: an endpoint is as it was, whatever was said.
//!
//! The input is cut into calls: a byte says which, two its length, and then its bytes.

#![no_main]

use std::sync::Arc;

use aura_runtime::{
    endpoint::{Endpoint, Limits},
    frame::Resume,
    identity::{AuthorityId, ContextId, Roster, Seat, SeatId, SessionId},
    machine::LabelId,
    session::Choreography,
};
use libfuzzer_sys::fuzz_target;

#[path = "../../aura-runtime/tests/request_response/mod.rs"]
mod request_response;

use request_response::{PROTOCOL, RequestResponse};

const PEER: SeatId = SeatId(0);

fn server() -> Endpoint {
    let sits = |role| Seat {
        role,
        member: 0,
        authority: AuthorityId([1; 32]),
    };
    let roster = Roster {
        protocol: PROTOCOL.hash,
        session: SessionId([2; 16]),
        contexts: vec![ContextId([3; 32])],
        sizes: vec![],
        seats: vec![sits(0), sits(1)],
    };
    let limits = Limits {
        payload: 64,
        window: 4,
        bytes: 128,
    };
    let mut endpoint = Endpoint::new(&PROTOCOL, Arc::new(roster), SeatId(1), limits)
        .expect("the roster has the seat");
    endpoint.handle_connected(PEER, 0);
    endpoint
}

fuzz_target!(|input: &[u8]| {
    let mut endpoint = server();
    let mut rest = input;
    while let [call, low, high, after @ ..] = rest {
        let length = usize::from(u16::from_le_bytes([*low, *high])) % 128;
        let (bytes, next) = after.split_at(length.min(after.len()));
        rest = next;
        let before = format!("{endpoint:?}");
        let changed = match call % 4 {
            0 | 1 => endpoint.handle_frame(PEER, bytes).is_ok(),
            2 => {
                // What an endpoint has let in is decoded, whatever it is.
                drop(RequestResponse::decode(LabelId(u16::from(*low)), bytes));
                false
            }
            _ => {
                endpoint.handle_suspended(PEER);
                let resume = Resume {
                    session: SessionId([2; 16]),
                    received: u32::from(*low),
                    delivered: u32::from(*high),
                    closed: *call > 127,
                };
                endpoint.handle_resumed(PEER, &resume);
                true
            }
        };
        let mut burst = Vec::new();
        while endpoint.poll_transmit(PEER, &mut burst) {}
        if !changed {
            assert_eq!(format!("{endpoint:?}"), before);
        }
    }
});
