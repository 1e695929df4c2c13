//! The sessions that run here, so that a roster cannot be played twice at once.
//!
//! A session that has ended is forgotten at leisure: once as many have come as there were when ended
//! ones were last looked for, so that opening one costs the same however many are open.

use std::{
    collections::BTreeMap,
    sync::{Arc, Weak},
};

use crate::{
    identity::{SeatId, SessionId},
    session::Port,
};

/// Sessions below this number are not worth a look.
const FEW: usize = 64;

#[derive(Default)]
pub(super) struct Running {
    by_name: BTreeMap<(SessionId, SeatId), Weak<Port>>,
    /// How many there may be before ended ones are looked for.
    enough: usize,
}

impl Running {
    /// Whether somebody plays a seat of a session now.
    pub(super) fn plays(&self, session: SessionId, seat: SeatId) -> bool {
        self.by_name.get(&(session, seat)).is_some_and(is_alive)
    }

    /// Notes a session.
    pub(super) fn note(&mut self, session: SessionId, seat: SeatId, port: &Arc<Port>) {
        if self.by_name.len() >= self.enough.max(FEW) {
            self.by_name.retain(|_, port| is_alive(port));
            self.enough = self.by_name.len() * 2;
        }
        self.by_name.insert((session, seat), Arc::downgrade(port));
    }
}

fn is_alive(port: &Weak<Port>) -> bool {
    port.upgrade().is_some_and(|port| !port.is_closed())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

    use super::*;
    use crate::{
        endpoint::{Endpoint, Limits},
        identity::{AuthorityId, ContextId, Roster, Seat},
        request_response::PROTOCOL,
    };

    fn port() -> Arc<Port> {
        let seats = [0, 1].map(|role| Seat {
            role,
            member: 0,
            authority: AuthorityId([1; 32]),
        });
        let roster = Roster {
            protocol: PROTOCOL.hash,
            session: name(0),
            contexts: vec![ContextId([3; 32])],
            sizes: vec![],
            seats: seats.to_vec(),
        };
        let endpoint = Endpoint::new(&PROTOCOL, Arc::new(roster), SeatId(0), Limits::default());
        Arc::new(Port::new(endpoint.unwrap(), vec![]))
    }

    fn name(number: u128) -> SessionId {
        SessionId(number.to_le_bytes())
    }

    #[test]
    fn ended_sessions_are_forgotten_and_running_ones_are_not() {
        let mut running = Running::default();
        let kept = port();
        running.note(name(0), SeatId(0), &kept);
        for number in 1..10_000 {
            running.note(name(number), SeatId(0), &port());
            assert!(!running.plays(name(number), SeatId(0)));
        }
        assert!(running.plays(name(0), SeatId(0)));
        assert!(!running.plays(name(0), SeatId(1)));
        assert!(running.by_name.len() <= 2 * FEW);
        kept.close(true);
        assert!(!running.plays(name(0), SeatId(0)));
    }
}
