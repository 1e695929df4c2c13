//! The sessions with one peer, by the number that their frames carry.
//!
//! Numbers are never used twice. The two ends take theirs from disjoint sets, each in order, so that
//! a number below the last one is known to be of a session that has ended.

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use crate::{
    frame::{Decline, HEADER, Header, Resume, Window},
    identity::{SeatId, SessionId},
    session::Port,
};

/// What a number stands for.
enum Route {
    /// Shaking hands.
    Opening {
        session: SessionId,
        /// The peer's seat.
        seat: SeatId,
        early: Early,
    },
    /// A session.
    Open {
        /// The peer's seat.
        seat: SeatId,
        port: Arc<Port>,
    },
}

/// What came for a session before it was there.
#[derive(Default)]
pub(super) struct Early {
    pub(super) frames: Vec<(Header, Vec<u8>)>,
    pub(super) resume: Option<Resume>,
    bytes: usize,
}

pub(super) struct Routes {
    by_number: BTreeMap<u32, Route>,
    /// The next number of this end.
    next: u32,
    /// The first number that the peer has not used.
    theirs: u32,
}

impl Routes {
    /// No sessions; this end's numbers are even or odd.
    pub(super) fn new(parity: u32) -> Self {
        Self {
            by_number: BTreeMap::new(),
            next: 2 + parity % 2,
            theirs: 3 - parity % 2,
        }
    }

    /// A number for a session that this end opens; `None` if there are too many, or no number is left.
    pub(super) fn open(&mut self, session: SessionId, seat: SeatId, limit: usize) -> Option<u32> {
        if self.by_number.len() >= limit {
            return None;
        }
        let route = self.next;
        self.next = route.checked_add(2)?;
        let early = Early::default();
        let opening = Route::Opening {
            session,
            seat,
            early,
        };
        self.by_number.insert(route, opening);
        Some(route)
    }

    /// Makes room for a session that the peer opens.
    pub(super) fn admit(
        &mut self,
        route: u32,
        session: SessionId,
        seat: SeatId,
        limit: usize,
    ) -> Result<(), Decline> {
        if route % 2 != self.theirs % 2 || route < self.theirs || route > u32::MAX - 2 {
            return Err(Decline::Known);
        }
        self.theirs = route + 2;
        if self.by_number.len() >= limit {
            return Err(Decline::Busy);
        }
        let early = Early::default();
        let opening = Route::Opening {
            session,
            seat,
            early,
        };
        self.by_number.insert(route, opening);
        Ok(())
    }

    /// Whether a number was of a session that has ended.
    pub(super) fn is_past(&self, route: u32) -> bool {
        let first_unused = if route % 2 == self.next % 2 {
            self.next
        } else {
            self.theirs
        };
        (2..first_unused).contains(&route) && !self.by_number.contains_key(&route)
    }

    /// Binds a number to its session; what came early, or `None` if the number is gone.
    pub(super) fn bind(&mut self, route: u32, seat: SeatId, port: &Arc<Port>) -> Option<Early> {
        let slot = self.by_number.get_mut(&route)?;
        let open = Route::Open {
            seat,
            port: Arc::clone(port),
        };
        match std::mem::replace(slot, open) {
            Route::Opening { early, .. } => Some(early),
            Route::Open { .. } => None,
        }
    }

    pub(super) fn remove(&mut self, route: u32) -> bool {
        self.by_number.remove(&route).is_some()
    }

    /// The session of a number.
    pub(super) fn port(&self, route: u32) -> Option<(SeatId, Arc<Port>)> {
        match self.by_number.get(&route)? {
            Route::Open { seat, port } => Some((*seat, Arc::clone(port))),
            Route::Opening { .. } => None,
        }
    }

    /// Every session.
    pub(super) fn ports(&self) -> Vec<(u32, SeatId, Arc<Port>)> {
        let routes = self.by_number.iter();
        let open = routes.filter_map(|(number, route)| match route {
            Route::Open { seat, port } => Some((*number, *seat, Arc::clone(port))),
            Route::Opening { .. } => None,
        });
        open.collect()
    }

    /// Keeps a frame that came before its session; `false` if there is no such session, or the frame
    /// is more than a peer may send before it hears anything.
    pub(super) fn keep_early(
        &mut self,
        header: Header,
        payload: Cow<'_, [u8]>,
        room: Window,
    ) -> bool {
        match self.by_number.get_mut(&header.route) {
            // One more than the window: a farewell.
            Some(Route::Opening { early, .. })
                if early.frames.len() <= room.frames as usize
                    && early.bytes < room.bytes as usize =>
            {
                early.bytes += HEADER + payload.len();
                early.frames.push((header, payload.into_owned()));
                true
            }
            _ => false,
        }
    }

    /// The connection is gone: sessions wait, and what came early will come again.
    pub(super) fn suspend(&mut self) {
        for route in self.by_number.values_mut() {
            match route {
                Route::Opening { early, .. } => *early = Early::default(),
                Route::Open { seat, port } => port.suspend(*seat),
            }
        }
    }

    /// What a new connection has to say of each session, and the peer's seat in it.
    pub(super) fn standings(&self) -> Vec<(u32, SeatId, Resume)> {
        let routes = self.by_number.iter();
        let standings = routes.filter_map(|(number, route)| match route {
            Route::Opening { session, seat, .. } => {
                let nothing = Resume {
                    session: *session,
                    received: 0,
                    delivered: 0,
                    closed: false,
                };
                Some((*number, *seat, nothing))
            }
            Route::Open { seat, port } => Some((*number, *seat, port.standing(*seat)?)),
        });
        standings.collect()
    }

    /// What the peer says of a session: `false` if it cannot be.
    pub(super) fn resume(&mut self, route: u32, resume: Resume) -> bool {
        match self.by_number.get_mut(&route) {
            Some(Route::Opening { session, early, .. }) => {
                let fits = *session == resume.session && resume.received == 0;
                early.resume = fits.then_some(resume);
                fits
            }
            Some(Route::Open { seat, port }) => port.resume(*seat, &resume),
            None => self.is_past(route),
        }
    }

    /// Forgets every session that is not named, and gives back those that ran.
    pub(super) fn keep(&mut self, named: &BTreeSet<u32>) -> Vec<(SeatId, Arc<Port>)> {
        let gone = self
            .by_number
            .extract_if(.., |route, _| !named.contains(route));
        gone.filter_map(|(_, route)| route.lost()).collect()
    }

    /// Forgets every session, and gives back those that ran.
    pub(super) fn clear(&mut self) -> Vec<(SeatId, Arc<Port>)> {
        let all = std::mem::take(&mut self.by_number);
        all.into_values().filter_map(Route::lost).collect()
    }
}

impl Route {
    fn lost(self) -> Option<(SeatId, Arc<Port>)> {
        match self {
            Self::Open { seat, port } => Some((seat, port)),
            Self::Opening { .. } => None,
        }
    }
}
