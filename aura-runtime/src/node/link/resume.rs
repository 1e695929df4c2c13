//! From one connection to the next: greetings, and where each session stands.

use std::{collections::BTreeSet, sync::atomic::Ordering};

use super::{Link, Phase, lock};
use crate::frame::{Greeting, Header, Kind, Resume};

impl Link {
    /// Says first what this end is called.
    pub(in crate::node) fn begin(&self) {
        self.line.clear();
        self.greeted.store(false, Ordering::Release);
        *lock(&self.named) = None;
        let greeting = Greeting {
            me: self.me,
            you: *lock(&self.you),
        };
        self.say(Kind::Greet, 0, &greeting);
    }

    /// The connection is gone: whoever waits for a reply will not get it, sessions wait.
    pub(in crate::node) fn suspend(&self) {
        let mut routes = lock(&self.routes);
        self.phase.send_replace(Phase::Down);
        for route in std::mem::take(&mut *lock(&self.replies)).into_keys() {
            routes.remove(route);
        }
        routes.suspend();
        drop(routes);
        self.line.clear();
    }

    /// The peer's greeting: whether sessions go on, or there are none in common.
    pub(super) fn meet(&self, greeting: &Greeting) -> bool {
        let mut routes = lock(&self.routes);
        let known = lock(&self.you).replace(greeting.me);
        self.greeted.store(true, Ordering::Release);
        if known != Some(greeting.me) || greeting.you != Some(self.me) {
            let lost = routes.clear();
            self.phase.send_replace(Phase::Up);
            drop(routes);
            for (seat, port) in lost {
                port.lose(seat);
            }
            return true;
        }
        *lock(&self.named) = Some(BTreeSet::new());
        for (route, me, standing) in routes.standings() {
            let Ok(body) = postcard::to_stdvec(&standing) else {
                continue;
            };
            let header = Header {
                length: u32::try_from(body.len()).unwrap_or(u32::MAX),
                route,
                seat: me,
                ..Header::bare(Kind::Resume)
            };
            self.line.say([&header.write()[..], &body].concat());
        }
        self.say(Kind::Resumed, 0, &());
        true
    }

    /// The peer names a session.
    pub(super) fn resume(&self, header: Header, resume: Resume) -> bool {
        let mut routes = lock(&self.routes);
        match lock(&self.named).as_mut() {
            Some(named) => named.insert(header.route),
            None => return false,
        };
        let fits = routes.resume(header.route, resume);
        if !fits && let Some((seat, port)) = routes.port(header.route) {
            routes.remove(header.route);
            drop(routes);
            port.lose(seat);
        }
        fits
    }

    /// The peer has named every session that it knows: the others are lost.
    pub(super) fn resumed(&self) -> bool {
        let mut routes = lock(&self.routes);
        let Some(named) = lock(&self.named).take() else {
            return false;
        };
        let lost = routes.keep(&named);
        self.phase.send_replace(Phase::Up);
        drop(routes);
        tracing::info!(target: "aura", peer = ?self.peer, sessions = named.len(), lost = lost.len(), "resumed");
        for (seat, port) in lost {
            port.lose(seat);
        }
        true
    }
}
