//! Frames that come and go while the session looks.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Context, Wake, Waker},
};

use super::*;
use crate::{
    endpoint::Limits,
    frame::Kind,
    identity::{AuthorityId, ContextId, Roster, Seat, SessionId},
    request_response::{PROTOCOL, RequestResponse},
};

const CLIENT: SeatId = SeatId(0);

fn server() -> Port {
    let seats = [0, 1].map(|role| Seat {
        role,
        member: 0,
        authority: AuthorityId([1; 32]),
    });
    let roster = Roster {
        protocol: PROTOCOL.hash,
        session: SessionId([2; 16]),
        contexts: vec![ContextId([3; 32])],
        sizes: vec![],
        seats: seats.to_vec(),
    };
    let endpoint = Endpoint::new(&PROTOCOL, Arc::new(roster), SeatId(1), Limits::default());
    Port::new(endpoint.unwrap(), vec![])
}

#[derive(Default)]
struct Bell(AtomicUsize);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn a_frame_that_is_refused_between_two_looks_is_not_waited_for() {
    let port = server();
    let bell = Arc::new(Bell::default());
    let waker = Waker::from(Arc::clone(&bell));
    let context = Context::from_waker(&waker);
    let queue = Source {
        seat: CLIENT,
        queue: 0,
    };
    // The session finds no report, then a bad frame comes, then the session waits.
    assert_eq!(port.reported(), None);
    let nowhere = Header::bare(Kind::Data);
    assert!(port.receive(CLIENT, nowhere, [][..].into()).is_err());
    assert!(matches!(port.poll_look(queue, &context), Look::Silent));
    assert_eq!(bell.0.load(Ordering::Relaxed), 1);
    let shortcut = port.poll_next::<RequestResponse, _>(queue, &context, Some);
    assert!(shortcut.is_none(), "the whole look tells it");
    assert!(port.reported().is_some());
    assert!(matches!(port.poll_look(queue, &context), Look::Silent));
    assert_eq!(bell.0.load(Ordering::Relaxed), 1);
}
