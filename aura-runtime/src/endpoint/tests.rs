//! What the endpoint lets in, what it keeps out, and that keeping out changes nothing.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::sync::Arc;

use super::{Endpoint, FrameError, Limits, QueueError};
use crate::{
    frame::{FrameFault, HEADER, Header, Kind},
    identity::{AuthorityId, ContextId, Roster, Seat, SeatId, SessionId},
    ledger::Committed,
    machine::{LabelId, MessageId},
    request_response::{Message, PROTOCOL, RequestResponse},
    session::Choreography,
    walk::{Source, Word},
};

const CLIENT: SeatId = SeatId(0);
const SERVER: SeatId = SeatId(1);
const FROM: Source = Source {
    seat: CLIENT,
    queue: 0,
};
const ROUTE: u32 = 7;

fn endpoint(seat: SeatId, limits: Limits) -> Endpoint {
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
    let mut endpoint = Endpoint::new(&PROTOCOL, Arc::new(roster), seat, limits).unwrap();
    endpoint.handle_connected(SeatId(1 - seat.0), ROUTE);
    endpoint
}

fn server() -> Endpoint {
    endpoint(
        SERVER,
        Limits {
            payload: 64,
            window: 4,
            bytes: 1 << 10,
        },
    )
}

/// The frame that the server waits for.
fn request() -> (Header, Vec<u8>) {
    let payload = postcard::to_stdvec("?").unwrap();
    let header = Header {
        length: u32::try_from(payload.len()).unwrap(),
        kind: Kind::Data,
        branch: 0,
        label: LabelId(0),
        route: ROUTE,
        sequence: 0,
        ack: 0,
        context: 0,
        seat: CLIENT,
    };
    (header, payload)
}

fn bytes(header: Header, payload: &[u8]) -> Vec<u8> {
    [&header.write()[..], payload].concat()
}

/// The next frame for the server.
fn transmit(client: &mut Endpoint) -> Option<Vec<u8>> {
    let mut burst = Vec::new();
    client.poll_transmit(SERVER, &mut burst).then_some(burst)
}

/// What the server says to a frame, having checked that a refusal has changed nothing.
fn say(server: &mut Endpoint, frame: &[u8]) -> Result<(), FrameError> {
    let before = format!("{server:?}");
    let outcome = server.handle_frame(CLIENT, frame);
    if let Err(error) = &outcome {
        assert_eq!(format!("{server:?}"), before, "{error}");
        assert_eq!((error.seat, error.role), (CLIENT, "Client"));
    }
    outcome
}

/// The message at the head of the client's queue.
fn deliver(server: &mut Endpoint) -> Option<Message> {
    let Some((Word::Message(label), payload)) = server.head(FROM) else {
        return None;
    };
    let message = RequestResponse::decode(label, payload);
    server.handle_taken(FROM);
    message
}

fn fault(change: impl FnOnce(&mut Header)) -> FrameFault {
    let (mut header, payload) = request();
    change(&mut header);
    say(&mut server(), &bytes(header, &payload))
        .unwrap_err()
        .fault
}

#[test]
fn the_expected_frame_is_delivered_once() {
    let mut server = server();
    let (header, payload) = request();
    say(&mut server, &bytes(header, &payload)).unwrap();
    assert!(matches!(deliver(&mut server), Some(Message::SendRequest(it)) if it.body == "?"));
    assert!(server.head(FROM).is_none());
    let again = say(&mut server, &bytes(header, &payload)).unwrap_err();
    assert_eq!(
        again.fault,
        FrameFault::Replayed {
            expected: 1,
            found: 0
        }
    );
}

#[test]
fn every_field_of_a_header_is_checked() {
    use FrameFault as Fault;
    assert_eq!(
        fault(|h| h.length = 3),
        Fault::Truncated {
            have: HEADER + 2,
            want: HEADER + 3
        }
    );
    assert_eq!(fault(|h| h.length = 1), Fault::Trailing { extra: 1 });
    assert_eq!(
        fault(|h| h.length = 65),
        Fault::Oversized {
            length: 65,
            cap: 64
        }
    );
    assert_eq!(
        fault(|h| h.kind = Kind::Hello),
        Fault::Kind(Kind::Hello as u8)
    );
    assert_eq!(fault(|h| h.kind = Kind::Ack), Fault::Trailing { extra: 2 });
    assert_eq!(fault(|h| h.branch = 1), Fault::Branch(1));
    assert_eq!(
        fault(|h| h.route = 8),
        Fault::Session {
            expected: Some(7),
            found: 8
        }
    );
    let seat = Fault::Seat {
        expected: CLIENT,
        found: SERVER,
    };
    assert_eq!(fault(|h| h.seat = SERVER), seat);
    assert_eq!(
        fault(|h| h.sequence = 1),
        Fault::Reordered {
            expected: 0,
            found: 1
        }
    );
    assert_eq!(fault(|h| h.ack = 1), Fault::Ack { sent: 0, found: 1 });
    // The label of the server's own message, and one that nobody has.
    assert_eq!(fault(|h| h.label = LabelId(1)), Fault::Label(LabelId(1)));
    assert_eq!(fault(|h| h.label = LabelId(9)), Fault::Label(LabelId(9)));
    let context = Fault::Context {
        label: LabelId(0),
        context: 1,
    };
    assert_eq!(fault(|h| h.context = 1), context);
}

#[test]
fn a_peer_that_does_not_wait_fills_its_window_and_no_more() {
    let mut server = server();
    let (mut header, payload) = request();
    for sequence in 0..4 {
        header.sequence = sequence;
        say(&mut server, &bytes(header, &payload)).unwrap();
    }
    header.sequence = 4;
    let error = say(&mut server, &bytes(header, &payload)).unwrap_err();
    assert_eq!(error.fault, FrameFault::Overrun(4));
}

#[test]
fn what_was_never_written_is_never_transmitted() {
    let mut client = endpoint(CLIENT, Limits::default());
    let slot = client
        .handle_send(MessageId(0), SERVER, vec![1, 63])
        .unwrap();
    assert_eq!(transmit(&mut client), None);
    client.handle_voided(slot);
    assert_eq!(transmit(&mut client), None);
    let slot = client
        .handle_send(MessageId(0), SERVER, vec![1, 63])
        .unwrap();
    client.handle_committed(slot, Committed::forged());
    let frame = transmit(&mut client).unwrap();
    assert_eq!(transmit(&mut client), None, "once");
    say(&mut server(), &frame).unwrap();
}

/// A receipt takes the room that was kept for it and no more: what would not fit is not put into the frame.
#[test]
fn a_sealed_payload_is_amended_within_its_room() {
    for (payload, goes) in [
        (vec![1, 63], true),
        (vec![2, 63, 63], true),
        (vec![3, 63, 63, 63], false),
    ] {
        let mut client = endpoint(CLIENT, Limits::default());
        let room = vec![0; 3];
        let slot = client.handle_send(MessageId(0), SERVER, room.clone());
        let slot = slot.unwrap();
        client.handle_amended(&slot, payload.clone());
        client.handle_committed(slot, Committed::forged());
        let frame = transmit(&mut client).unwrap();
        let (header, found) = Header::split(&frame, 64).unwrap();
        assert_eq!(found, if goes { payload } else { room });
        assert_eq!(header.length as usize, found.len());
    }
}

#[test]
fn a_message_of_another_role_is_not_queued() {
    let mut client = endpoint(CLIENT, Limits::default());
    let wrong = client.handle_send(MessageId(1), SERVER, vec![]);
    assert_eq!(wrong.unwrap_err(), QueueError::State);
    let cap = Limits::default().payload;
    let long = vec![0; cap as usize + 1];
    let wrong = client.handle_send(MessageId(0), SERVER, long);
    assert_eq!(
        wrong.unwrap_err(),
        QueueError::Oversized {
            length: cap as usize + 1,
            cap
        }
    );
}

/// xorshift64*: a seed names the whole run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D)
    }

    fn below(&mut self, bound: u64) -> usize {
        usize::try_from(self.next() % bound).unwrap()
    }

    fn byte(&mut self) -> u8 {
        self.next().to_le_bytes()[7]
    }
}

#[test]
fn bad_frames_change_nothing() {
    // `cargo xtask frames` sends a million.
    let wanted = std::env::var("AURA_FRAMES").ok();
    let count = wanted.map_or(20_000, |count| count.parse().unwrap());
    let mut random = Random(0x00A0_7A5E_ED00_0001);
    let mut server = server();
    let (header, payload) = request();
    let good = bytes(header, &payload);
    let mut accepted = 0;
    for _ in 0..count {
        let mut frame = good.clone();
        match random.below(4) {
            // Noise.
            0 => frame = (0..random.below(96)).map(|_| random.byte()).collect(),
            // One byte of the header, wrong.
            1 => {
                let at = random.below(HEADER as u64);
                frame[at] ^= random.byte() | 1;
            }
            // Cut short.
            2 => frame.truncate(random.below(good.len() as u64)),
            // Several bytes of the header, wrong, and noise behind it.
            _ => {
                for _ in 0..=random.below(6) {
                    let at = random.below(HEADER as u64);
                    frame[at] = random.byte();
                }
                frame.extend((0..random.below(8)).map(|_| random.byte()));
            }
        }
        if frame != good && say(&mut server, &frame).is_ok() {
            // The header is by chance that of the expected frame, or of a farewell: what it carries
            // is no request, and moves nothing either.
            assert!(deliver(&mut server).is_none(), "{frame:?}");
            accepted += 1;
            server = self::server();
        }
    }
    assert!(
        accepted <= count / 50_000,
        "{accepted} of {count} were let in"
    );
    assert!(server.head(FROM).is_none());
    say(&mut server, &good).unwrap();
    assert!(deliver(&mut server).is_some());
}
