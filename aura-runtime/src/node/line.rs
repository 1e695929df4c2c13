//! One connection at work: a task that reads frames and routes them, a task that writes them.
//!
//! The reader compares each length with its cap before it allocates. A frame that no session accepts
//! is dropped and counted; a peer beyond the count, or one whose bytes are no frames, loses the
//! connection. Sessions learn from their port that a peer is gone.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, Weak,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    sync::{Notify, mpsc, oneshot},
};

use super::{Inner, NodeLimits, OpenError, lock};
use crate::{
    frame::{Decline, FrameFault, HEADER, Header, Hello, Kind, MAX_HANDSHAKE, Reply},
    identity::{AuthorityId, SeatId},
    machine::LabelId,
    session::{Line, Port},
    transport::{Connection, Side},
};

/// Bytes that are written at once, at most.
const BURST: usize = 64 << 10;

/// What a number on this connection stands for.
enum Route {
    /// Shaking hands; frames that came early wait here.
    Opening(Vec<Vec<u8>>),
    /// A session: from this seat, to that port.
    Open(SeatId, Weak<Port>),
}

/// A connection, as both tasks and every session on it see it.
pub(crate) struct Shared {
    pub(super) peer: AuthorityId,
    limits: NodeLimits,
    line: Line,
    routes: Mutex<BTreeMap<u32, Route>>,
    replies: Mutex<BTreeMap<u32, oneshot::Sender<Reply>>>,
    next_route: AtomicU32,
    faults: AtomicU32,
    lost: AtomicBool,
    closing: Notify,
    written: Notify,
}

pub(super) fn start(connection: Connection, node: Weak<Inner>, limits: NodeLimits) -> Arc<Shared> {
    let (line, queue) = mpsc::unbounded_channel();
    let first = match connection.side {
        Side::Dialled => 1,
        Side::Accepted => 2,
    };
    let shared = Arc::new(Shared {
        peer: connection.peer,
        limits,
        line,
        routes: Mutex::default(),
        replies: Mutex::default(),
        next_route: AtomicU32::new(first),
        faults: AtomicU32::new(0),
        lost: AtomicBool::new(false),
        closing: Notify::new(),
        written: Notify::new(),
    });
    let (reader, writer) = tokio::io::split(connection.stream);
    let writing = tokio::spawn(write(writer, queue, Arc::clone(&shared)));
    let reading = Arc::clone(&shared);
    tokio::spawn(async move {
        let end = read(reader, &reading, &node).await;
        tracing::debug!(target: "aura", peer = ?reading.peer, ?end, "connection ended");
        reading.lose();
        writing.abort();
    });
    shared
}

/// Why a reader stopped.
#[derive(Debug)]
#[expect(dead_code, reason = "printed in the trace")]
enum End {
    Io(std::io::Error),
    Fault(FrameFault),
    Faults,
    Node,
}

async fn read(mut from: impl AsyncRead + Unpin, shared: &Arc<Shared>, node: &Weak<Inner>) -> End {
    let cap = shared.limits.session.payload.max(MAX_HANDSHAKE);
    loop {
        let mut start = [0; HEADER];
        if let Err(error) = from.read_exact(&mut start).await {
            return End::Io(error);
        }
        let header = match Header::read(&start, cap) {
            Ok(header) => header,
            Err(fault) => return End::Fault(fault),
        };
        let mut frame = vec![0; HEADER + header.length as usize];
        frame[..HEADER].copy_from_slice(&start);
        if let Err(error) = from.read_exact(&mut frame[HEADER..]).await {
            return End::Io(error);
        }
        let Some(node) = node.upgrade() else {
            return End::Node;
        };
        if !shared.take(header, frame, &node)
            && shared.faults.fetch_add(1, Ordering::Relaxed) >= shared.limits.faults_per_peer
        {
            return End::Faults;
        }
    }
}

async fn write(
    mut to: impl AsyncWrite + Unpin,
    mut queue: mpsc::UnboundedReceiver<Vec<u8>>,
    shared: Arc<Shared>,
) {
    let mut burst = Vec::with_capacity(BURST);
    loop {
        let (first, last) = tokio::select! {
            biased;
            frame = queue.recv() => (frame, false),
            () = shared.closing.notified() => (queue.try_recv().ok(), true),
        };
        burst.extend(first.into_iter().flatten());
        while burst.len() < BURST
            && let Ok(frame) = queue.try_recv()
        {
            burst.extend(frame);
        }
        let done = to.write_all(&burst).await.is_err() || to.flush().await.is_err();
        burst.clear();
        burst.shrink_to(BURST);
        if done || last {
            // The peer may be gone already; there is nothing left to tell it.
            let _ = to.shutdown().await;
            shared.written.notify_one();
            return;
        }
    }
}

impl Shared {
    pub(super) fn line(&self) -> Line {
        self.line.clone()
    }

    /// Sends a hello on a fresh route and waits for the reply.
    pub(super) async fn greet(&self, hello: &Hello, peer: AuthorityId) -> Result<u32, OpenError> {
        let route = self.next_route.fetch_add(2, Ordering::Relaxed);
        let (told, reply) = oneshot::channel();
        lock(&self.replies).insert(route, told);
        lock(&self.routes).insert(route, Route::Opening(Vec::new()));
        self.say(Kind::Hello, route, hello);
        if self.lost.load(Ordering::Acquire) {
            lock(&self.replies).remove(&route);
        }
        match reply.await {
            Ok(Reply::Welcome { .. }) => Ok(route),
            Ok(Reply::Refuse(reason)) => {
                lock(&self.routes).remove(&route);
                Err(OpenError::Declined { by: peer, reason })
            }
            Err(_) => Err(OpenError::Lost(peer)),
        }
    }

    pub(super) fn welcome(&self, route: u32, wire: u16) {
        self.say(Kind::Reply, route, &Reply::Welcome { wire });
    }

    pub(super) fn decline(&self, route: u32, reason: Decline) {
        lock(&self.routes).remove(&route);
        self.say(Kind::Reply, route, &Reply::Refuse(reason));
    }

    /// Binds a route to a session, which gets what came early.
    pub(super) fn route(&self, route: u32, seat: SeatId, port: &Arc<Port>) {
        let mut routes = lock(&self.routes);
        let early = routes.insert(route, Route::Open(seat, Arc::downgrade(port)));
        drop(routes);
        if let Some(Route::Opening(frames)) = early {
            for frame in frames {
                self.hand(port, seat, &frame);
            }
        }
        if self.lost.load(Ordering::Acquire) {
            port.lose(seat);
        }
    }

    /// Writes what is queued, then closes.
    pub(super) async fn close(&self) {
        if self.lost.load(Ordering::Acquire) {
            return;
        }
        self.closing.notify_one();
        self.written.notified().await;
    }

    fn say(&self, kind: Kind, route: u32, body: &impl serde::Serialize) {
        let Ok(body) = postcard::to_stdvec(body) else {
            return;
        };
        let header = Header {
            length: u32::try_from(body.len()).unwrap_or(u32::MAX),
            kind,
            branch: 0,
            label: LabelId(0),
            route,
            sequence: 0,
            ack: 0,
            context: 0,
            seat: SeatId(0),
        };
        let mut frame = header.write().to_vec();
        frame.extend(body);
        // A writer that is gone has told every route already.
        let _ = self.line.send(frame);
    }

    /// Takes a frame in; `false` if it fits nowhere.
    fn take(self: &Arc<Self>, header: Header, frame: Vec<u8>, node: &Arc<Inner>) -> bool {
        let body = &frame[HEADER..];
        match header.kind {
            Kind::Hello | Kind::Reply if header.length > MAX_HANDSHAKE => false,
            Kind::Hello => {
                let Some(hello) = decode::<Hello>(body) else {
                    return false;
                };
                if let Err(reason) = self.admit(header.route) {
                    self.say(Kind::Reply, header.route, &Reply::Refuse(reason));
                    return true;
                }
                node.invite(self, header.route, hello);
                true
            }
            Kind::Reply => {
                let Some(reply) = decode::<Reply>(body) else {
                    return false;
                };
                let waiting = lock(&self.replies).remove(&header.route);
                waiting.is_some_and(|waiting| waiting.send(reply).is_ok())
            }
            Kind::Data | Kind::Ack | Kind::Close => self.dispatch(header, frame),
        }
    }

    /// Makes room for a session that the peer opens: a number of the peer's own set, not in use.
    fn admit(&self, route: u32) -> Result<(), Decline> {
        let mut routes = lock(&self.routes);
        routes.retain(|_, route| match route {
            Route::Open(_, port) => port.strong_count() > 0,
            Route::Opening(_) => true,
        });
        if routes.len() >= self.limits.sessions_per_peer {
            return Err(Decline::Busy);
        }
        let own = self.next_route.load(Ordering::Relaxed) % 2 == route % 2;
        if own || routes.contains_key(&route) {
            return Err(Decline::Known);
        }
        routes.insert(route, Route::Opening(Vec::new()));
        Ok(())
    }

    fn dispatch(&self, header: Header, frame: Vec<u8>) -> bool {
        let mut routes = lock(&self.routes);
        match routes.get_mut(&header.route) {
            Some(Route::Opening(early)) if early.len() < self.limits.session.window as usize => {
                early.push(frame);
                true
            }
            Some(Route::Open(seat, port)) => {
                let (seat, port) = (*seat, port.upgrade());
                if port.is_none() {
                    routes.remove(&header.route);
                }
                drop(routes);
                // A session that has ended here may still be spoken to for a moment.
                port.is_none_or(|port| self.hand(&port, seat, &frame))
            }
            // The last words of a session that has ended here are no fault.
            None => matches!(header.kind, Kind::Ack | Kind::Close),
            Some(Route::Opening(_)) => false,
        }
    }

    fn hand(&self, port: &Port, seat: SeatId, frame: &[u8]) -> bool {
        match port.receive(seat, frame) {
            Ok(()) => true,
            Err(error) => {
                tracing::warn!(target: "aura", peer = ?self.peer, %error, "frame rejected");
                false
            }
        }
    }

    fn lose(&self) {
        self.lost.store(true, Ordering::Release);
        lock(&self.replies).clear();
        for route in lock(&self.routes).values() {
            if let Route::Open(seat, port) = route
                && let Some(port) = port.upgrade()
            {
                port.lose(*seat);
            }
        }
        self.written.notify_one();
    }
}

fn decode<T: serde::de::DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    match postcard::take_from_bytes(bytes) {
        Ok((value, [])) => Some(value),
        _ => None,
    }
}
