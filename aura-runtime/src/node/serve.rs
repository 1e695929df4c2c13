//! One connection at work: a task that reads frames, a task that writes them, and a watch over both.
//!
//! The reader compares each length with its cap before it allocates. A peer whose bytes are no
//! frames, or who sends too many that fit nowhere, is given up for good; a connection that breaks or
//! goes silent may come back.

use std::{
    sync::{
        Arc, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader},
    task::JoinSet,
    time::{Instant, sleep, timeout},
};

use super::{Inner, link::Link};
use crate::{
    frame::{FrameFault, HEADER, Header, Kind, MAX_HANDSHAKE},
    session::Next,
    transport::Connection,
};

/// Bytes that are read or written at once, unless a frame is longer.
const BURST: usize = 64 << 10;

/// Why a connection is no longer at work.
#[derive(Debug)]
#[expect(dead_code, reason = "what went wrong is printed in the trace")]
pub(super) enum End {
    /// It broke.
    Broken(std::io::Error),
    /// The peer says nothing, or takes nothing.
    Silent,
    /// What the peer sends are no frames.
    Fault(FrameFault),
    /// Too many frames that fit nowhere.
    Faults,
    /// The peer has said farewell.
    Farewell,
    /// This side has.
    Left,
    /// Another connection takes its place.
    Replaced(Connection),
    /// The node is gone.
    Node,
}

impl End {
    /// Whether another connection may take this one's place.
    pub(super) fn may_return(&self) -> bool {
        matches!(self, Self::Broken(_) | Self::Silent | Self::Replaced(_))
    }
}

/// When something last came in and went out.
struct Pulse {
    began: Instant,
    heard: AtomicU64,
    said: AtomicU64,
}

impl Pulse {
    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn since(&self, then: &AtomicU64) -> Duration {
        Duration::from_millis(self.now().saturating_sub(then.load(Ordering::Relaxed)))
    }
}

/// Serves a connection to its end. No task of it is left when this returns.
pub(super) async fn serve(
    connection: Connection,
    link: &Arc<Link>,
    node: &Weak<Inner>,
    newer: impl Future<Output = Connection>,
) -> End {
    link.begin();
    let pulse = Arc::new(Pulse {
        began: Instant::now(),
        heard: AtomicU64::new(0),
        said: AtomicU64::new(0),
    });
    let (reader, writer) = tokio::io::split(connection.stream);
    let mut tasks = JoinSet::new();
    tasks.spawn(read(
        reader,
        Arc::clone(link),
        node.clone(),
        Arc::clone(&pulse),
    ));
    tasks.spawn(write(writer, Arc::clone(link), Arc::clone(&pulse)));
    let end = tokio::select! {
        biased;
        Some(ended) = tasks.join_next() => {
            ended.unwrap_or_else(|error| End::Broken(std::io::Error::other(error)))
        }
        end = watch(link, node, &pulse) => end,
        () = link.cut.notified() => End::Node,
        newer = newer => End::Replaced(newer),
    };
    // After this side's farewell the peer's connection is read to its end, so that closing ours
    // does not take back what it has not read yet.
    if matches!(end, End::Left) {
        let patience = link.limits.timing.handshake;
        let _ = timeout(patience, tasks.join_next()).await;
    }
    tasks.shutdown().await;
    end
}

async fn read(
    from: impl AsyncRead + Unpin,
    link: Arc<Link>,
    node: Weak<Inner>,
    pulse: Arc<Pulse>,
) -> End {
    let mut from = BufReader::with_capacity(BURST, from);
    let cap = link.limits.session.payload.max(MAX_HANDSHAKE);
    loop {
        let mut start = [0; HEADER];
        if let Err(error) = from.read_exact(&mut start).await {
            return End::Broken(error);
        }
        let header = match Header::read(&start, cap) {
            Ok(header) => header,
            Err(fault) => return End::Fault(fault),
        };
        let mut frame = vec![0; HEADER + header.length as usize];
        frame[..HEADER].copy_from_slice(&start);
        if let Err(error) = from.read_exact(&mut frame[HEADER..]).await {
            return End::Broken(error);
        }
        pulse.heard.store(pulse.now(), Ordering::Relaxed);
        if header.kind == Kind::Bye {
            return End::Farewell;
        }
        let Some(node) = node.upgrade() else {
            return End::Node;
        };
        if !link.take(header, frame, &node) {
            return End::Faults;
        }
    }
}

async fn write(mut to: impl AsyncWrite + Unpin, link: Arc<Link>, pulse: Arc<Pulse>) -> End {
    let mut burst = Vec::with_capacity(BURST);
    loop {
        let mut next = Some(link.line.next().await);
        let mut last = false;
        while let Some(ready) = next {
            match ready {
                Next::Word(frame) => burst.extend_from_slice(&frame),
                Next::Route(route) => link.fill(route, &mut burst, BURST),
                Next::Last => {
                    burst.extend_from_slice(&Header::bare(Kind::Bye).write());
                    last = true;
                }
            }
            let more = burst.len() < BURST && !last;
            next = if more { link.line.try_next() } else { None };
        }
        if let Err(end) = push(&mut to, &burst, link.limits.timing.silence).await {
            return end;
        }
        pulse.said.store(pulse.now(), Ordering::Relaxed);
        burst.clear();
        burst.shrink_to(BURST);
        link.written.notify_waiters();
        if last {
            // The peer may be gone already; there is nothing left to tell it.
            let _ = to.shutdown().await;
            return End::Left;
        }
    }
}

/// Writes a burst, if the peer takes some of it every now and then.
async fn push(
    to: &mut (impl AsyncWrite + Unpin),
    mut burst: &[u8],
    patience: Duration,
) -> Result<(), End> {
    while !burst.is_empty() {
        match timeout(patience, to.write(burst)).await {
            Ok(Ok(0)) => return Err(End::Broken(std::io::ErrorKind::WriteZero.into())),
            Ok(Ok(count)) => burst = &burst[count..],
            Ok(Err(error)) => return Err(End::Broken(error)),
            Err(_) => return Err(End::Silent),
        }
    }
    match timeout(patience, to.flush()).await {
        Ok(flushed) => flushed.map_err(End::Broken),
        Err(_) => Err(End::Silent),
    }
}

/// Shows that this side is there, and notices that the other is not.
async fn watch(link: &Link, node: &Weak<Inner>, pulse: &Pulse) -> End {
    let timing = link.limits.timing;
    let step = timing
        .heartbeat
        .min(timing.silence / 2)
        .min(timing.idle / 2);
    let step = step.max(Duration::from_millis(1));
    loop {
        sleep(step).await;
        if node.strong_count() == 0 {
            return End::Node;
        }
        let quiet = pulse.since(&pulse.heard);
        let late = !link.has_greeted() && pulse.began.elapsed() >= timing.handshake;
        if late || quiet >= timing.silence {
            return End::Silent;
        }
        if pulse.since(&pulse.said) >= timing.heartbeat {
            link.say(Kind::Ping, 0, &());
        }
        link.sweep(timing.idle);
    }
}
