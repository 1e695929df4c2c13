//! What two nodes have in common beyond one connection: sessions by number, and where they stand.
//!
//! A link outlives its connections. When one breaks, the link is down: sessions keep their frames.
//! On the next connection each side says by which name it knows the other's end; if both agree,
//! every session is named with what was received of it, and goes on from there. What the other side
//! does not name any more is lost. Left out on purpose: reading, writing and dialling.

mod resume;

use std::{
    borrow::Cow,
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::Duration,
};

use tokio::{
    sync::{Notify, mpsc, oneshot, watch},
    time::timeout,
};

use super::{Inner, NodeLimits, OpenError, lock, routes::Routes};
use crate::{
    frame::{Decline, Header, Hello, Kind, MAX_HANDSHAKE, Reply, Window},
    identity::{AuthorityId, SeatId},
    session::{Line, Port, decode_payload},
    transport::Connection,
};

/// Connections that wait to take the place of the one at work.
const WAITING: usize = 4;

/// Whether there is a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// None, or one that has not said yet where sessions stand.
    Down,
    /// One that carries sessions.
    Up,
    /// There will be none.
    Over,
}

/// A peer, as every session with it and the tasks of its connections see it.
pub(crate) struct Link {
    pub(super) peer: AuthorityId,
    pub(super) limits: NodeLimits,
    pub(super) line: Arc<Line>,
    /// The name of this end, and the peer's for its own.
    me: [u8; 16],
    you: Mutex<Option<[u8; 16]>>,
    routes: Mutex<Routes>,
    replies: Mutex<BTreeMap<u32, oneshot::Sender<Reply>>>,
    phase: watch::Sender<Phase>,
    /// On this connection: whether the peer has greeted, and which sessions it has named.
    greeted: AtomicBool,
    named: Mutex<Option<BTreeSet<u32>>>,
    faults: AtomicU32,
    arrivals: mpsc::Sender<Connection>,
    /// The node is gone.
    pub(super) cut: Notify,
    /// The writer has taken what was ready.
    pub(super) written: Notify,
}

impl Link {
    /// A link without a connection, and where its connections arrive.
    pub(super) fn new(
        me: AuthorityId,
        peer: AuthorityId,
        name: [u8; 16],
        limits: NodeLimits,
    ) -> (Arc<Self>, mpsc::Receiver<Connection>) {
        let (arrivals, arriving) = mpsc::channel(WAITING);
        let link = Self {
            peer,
            limits,
            line: Arc::new(Line::new(limits.write_queue)),
            me: name,
            you: Mutex::default(),
            // The two ends number sessions from disjoint sets.
            routes: Mutex::new(Routes::new(u32::from(me > peer))),
            replies: Mutex::default(),
            phase: watch::Sender::new(Phase::Down),
            greeted: AtomicBool::new(false),
            named: Mutex::default(),
            faults: AtomicU32::new(0),
            arrivals,
            cut: Notify::new(),
            written: Notify::new(),
        };
        (Arc::new(link), arriving)
    }

    /// Hands a connection to whoever serves this link; gives it back if nobody does any more.
    pub(super) fn arrive(&self, connection: Connection) -> Option<Connection> {
        match self.arrivals.try_send(connection) {
            Err(mpsc::error::TrySendError::Closed(connection)) => Some(connection),
            // A peer that connects faster than connections are taken can try again.
            Ok(()) | Err(mpsc::error::TrySendError::Full(_)) => None,
        }
    }

    pub(super) fn phase(&self) -> Phase {
        *self.phase.borrow()
    }

    pub(super) fn has_greeted(&self) -> bool {
        self.greeted.load(Ordering::Acquire)
    }

    pub(super) fn room(&self) -> Window {
        self.limits.session.window()
    }

    /// Sends a hello on a fresh route and waits for the reply: the route, and the peer's window.
    pub(super) async fn greet(&self, hello: &Hello) -> Result<(u32, Window), OpenError> {
        let patience = self.limits.timing.handshake;
        let lost = OpenError::Lost(self.peer);
        let mut phase = self.phase.subscribe();
        let ready = timeout(patience, phase.wait_for(|phase| *phase != Phase::Down)).await;
        if !ready.is_ok_and(|phase| phase.is_ok_and(|phase| *phase == Phase::Up)) {
            return Err(lost);
        }
        let session = hello.roster.session();
        let limit = self.limits.sessions_per_peer;
        let route = lock(&self.routes).open(session, hello.to, limit);
        let route = route.ok_or(OpenError::Busy(self.peer))?;
        let (told, reply) = oneshot::channel();
        lock(&self.replies).insert(route, told);
        let waiting = Waiting {
            link: self,
            route,
            me: hello.from,
        };
        self.say(Kind::Hello, route, hello);
        if self.phase() != Phase::Up {
            return Err(lost);
        }
        let reply = timeout(patience, reply).await;
        match reply {
            Ok(Ok(Reply::Welcome { window, .. })) => {
                std::mem::forget(waiting);
                Ok((route, window))
            }
            Ok(Ok(Reply::Refuse(reason))) => {
                lock(&self.routes).remove(route);
                Err(OpenError::Declined {
                    by: self.peer,
                    reason,
                })
            }
            Ok(Err(_)) | Err(_) => Err(lost),
        }
    }

    pub(super) fn welcome(&self, route: u32, wire: u16) {
        let window = self.room();
        self.say(Kind::Reply, route, &Reply::Welcome { wire, window });
    }

    pub(super) fn decline(&self, route: u32, reason: Decline) {
        lock(&self.routes).remove(route);
        self.say(Kind::Reply, route, &Reply::Refuse(reason));
    }

    /// Gives up a session whose handshake was done and that did not come to be.
    pub(super) fn abandon(&self, route: u32, me: SeatId) {
        if lock(&self.routes).remove(route) {
            let farewell = Header {
                route,
                seat: me,
                ..Header::bare(Kind::Close)
            };
            self.line.say(farewell.write().to_vec());
        }
    }

    /// Binds a route to a session, which gets what came early.
    pub(super) fn bind(&self, route: u32, seat: SeatId, port: &Arc<Port>) {
        let mut routes = lock(&self.routes);
        let phase = self.phase();
        let early = routes.bind(route, seat, port);
        if phase == Phase::Down {
            port.suspend(seat);
        }
        let Some(early) = early else {
            drop(routes);
            port.lose(seat);
            return;
        };
        if let Some(resume) = early.resume {
            port.resume(seat, &resume);
        }
        // Under the lock, so that no later frame overtakes these.
        for (header, payload) in early.frames {
            self.hand(port, seat, header, payload.into());
        }
    }

    /// Takes the frames of a session that are ready.
    pub(super) fn fill(&self, route: u32, burst: &mut Vec<u8>, full: usize) {
        let found = lock(&self.routes).port(route);
        if let Some((seat, port)) = found
            && port.transmit(seat, burst, full)
        {
            lock(&self.routes).remove(route);
        }
    }

    /// There will be no connection any more: sessions are told.
    pub(super) fn end(&self) {
        let mut routes = lock(&self.routes);
        self.phase.send_replace(Phase::Over);
        lock(&self.replies).clear();
        let lost = routes.clear();
        drop(routes);
        self.line.close();
        for (seat, port) in lost {
            port.lose(seat);
        }
        self.written.notify_waiters();
    }

    /// Ends sessions in which nothing happens any more.
    pub(super) fn sweep(&self, idle: Duration) {
        let ports = lock(&self.routes).ports();
        for (route, seat, port) in ports {
            if port.is_over(seat) {
                lock(&self.routes).remove(route);
            } else if port.expire(idle) {
                tracing::debug!(target: "aura", peer = ?self.peer, route, "session idle");
            }
        }
    }

    /// Asks every session to end, and waits until what it has said is on its way.
    pub(super) async fn drain(&self) {
        let ports = lock(&self.routes).ports();
        for (_, _, port) in &ports {
            port.close(false);
        }
        loop {
            let written = self.written.notified();
            let done = ports.iter().all(|(_, seat, port)| port.is_drained(*seat));
            if done || self.phase() != Phase::Up {
                return;
            }
            written.await;
        }
    }

    /// Waits until the link is over.
    pub(super) async fn ended(&self) {
        let mut phase = self.phase.subscribe();
        // The sender is in `self`, so that waiting cannot fail.
        let _ = phase.wait_for(|phase| *phase == Phase::Over).await;
    }

    pub(super) fn say(&self, kind: Kind, route: u32, body: &impl serde::Serialize) {
        let Ok(body) = postcard::to_stdvec(body) else {
            return;
        };
        let header = Header {
            length: u32::try_from(body.len()).unwrap_or(u32::MAX),
            route,
            ..Header::bare(kind)
        };
        let mut frame = header.write().to_vec();
        frame.extend(body);
        self.line.say(frame);
    }

    /// Takes a frame in; `false` once there were too many that fit nowhere.
    pub(super) fn take(
        self: &Arc<Self>,
        header: Header,
        payload: Cow<'_, [u8]>,
        node: &Inner,
    ) -> bool {
        let fits = self.route(header, payload, node);
        fits || self.faults.fetch_add(1, Ordering::Relaxed) < self.limits.faults_per_peer
    }

    /// Whether a frame fits somewhere.
    fn route(self: &Arc<Self>, header: Header, payload: Cow<'_, [u8]>, node: &Inner) -> bool {
        let body = &*payload;
        let carries = matches!(
            header.kind,
            Kind::Data | Kind::Abstain | Kind::Ack | Kind::Close
        );
        if !carries && header.length > MAX_HANDSHAKE {
            return false;
        }
        if self.has_greeted() == (header.kind == Kind::Greet) {
            return false;
        }
        match header.kind {
            Kind::Greet => decode_payload(body).is_some_and(|greeting| self.meet(&greeting)),
            Kind::Resume => decode_payload(body).is_some_and(|resume| self.resume(header, resume)),
            Kind::Resumed => self.resumed(),
            Kind::Ping => true,
            // The reader has ended before it came here.
            Kind::Bye => false,
            Kind::Hello => {
                let Some(hello) = decode_payload::<Hello>(body) else {
                    return false;
                };
                if let Err(reason) = self.admit(header.route, &hello) {
                    self.say(Kind::Reply, header.route, &Reply::Refuse(reason));
                } else {
                    node.invite(self, header.route, hello);
                }
                true
            }
            Kind::Reply => {
                let waiting = lock(&self.replies).remove(&header.route);
                decode_payload(body).is_some_and(|reply: Reply| {
                    waiting.is_some_and(|waiting| waiting.send(reply).is_ok())
                })
            }
            Kind::Data | Kind::Abstain | Kind::Ack | Kind::Close => self.dispatch(header, payload),
        }
    }

    fn admit(&self, route: u32, hello: &Hello) -> Result<(), Decline> {
        let session = hello.roster.session();
        let limit = self.limits.sessions_per_peer;
        lock(&self.routes).admit(route, session, hello.from, limit)
    }

    fn dispatch(&self, header: Header, payload: Cow<'_, [u8]>) -> bool {
        let mut routes = lock(&self.routes);
        if let Some((seat, port)) = routes.port(header.route) {
            drop(routes);
            let fits = self.hand(&port, seat, header, payload);
            if header.kind == Kind::Close && port.is_over(seat) {
                lock(&self.routes).remove(header.route);
            }
            return fits;
        }
        let room = self.room();
        // A session that has ended here may still be spoken to for a moment.
        routes.keep_early(header, payload, room) || routes.is_past(header.route)
    }

    fn hand(&self, port: &Port, seat: SeatId, header: Header, payload: Cow<'_, [u8]>) -> bool {
        match port.receive(seat, header, payload) {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(target: "aura", peer = ?self.peer, %error, "frame rejected");
                false
            }
        }
    }
}

/// A hello without a reply. Dropped before there is one, the session is given up.
struct Waiting<'a> {
    link: &'a Link,
    route: u32,
    me: SeatId,
}

impl Drop for Waiting<'_> {
    fn drop(&mut self) {
        lock(&self.link.replies).remove(&self.route);
        self.link.abandon(self.route, self.me);
    }
}
