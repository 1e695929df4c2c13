//! One connection at work: a task that reads frames, a task that writes them, and a watch over both.
//!
//! The reader takes as many frames as a read has brought, the writer writes as many as are ready, so
//! that a busy connection costs one call, one record and one wake for many messages. Neither looks at
//! a clock unless it has to wait. A peer whose bytes are no frames, or who sends too many that fit
//! nowhere, is given up for good; a connection that breaks or goes silent may come back.

use std::{
    borrow::Cow,
    io,
    pin::pin,
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::Poll,
    time::Duration,
};

use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    task::{JoinSet, yield_now},
    time::{Instant, sleep, timeout},
};

use super::{Inner, link::Link};
use crate::{
    frame::{Arrived, FrameFault, HEADER, Header, Intake, Kind, MAX_HANDSHAKE},
    session::Next,
    transport::Connection,
};

/// Bytes that are read or written at once, unless a frame is longer.
const BURST: usize = 64 << 10;

/// Frames that the reader hands out before the sessions behind them have a turn. With all that a read has
/// brought in one turn, the two ends of a busy connection would work one after the other; with one, each
/// message would cost a call of its own.
const TURN: usize = 8;

/// Why a connection is no longer at work.
#[derive(Debug)]
#[expect(dead_code, reason = "what went wrong is printed in the trace")]
pub(super) enum End {
    /// It broke.
    Broken(io::Error),
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

/// Whether something has come in and gone out since the watch last looked.
#[derive(Default)]
struct Pulse {
    heard: AtomicBool,
    said: AtomicBool,
}

/// How long one of them has been still, as far as the watch can tell.
struct Still(Instant);

impl Still {
    fn look(&mut self, beat: &AtomicBool) -> Duration {
        if beat.swap(false, Ordering::Relaxed) {
            self.0 = Instant::now();
        }
        self.0.elapsed()
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
    let pulse = Arc::new(Pulse::default());
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
            ended.unwrap_or_else(|error| End::Broken(io::Error::other(error)))
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
    mut from: impl AsyncRead + Unpin,
    link: Arc<Link>,
    node: Weak<Inner>,
    pulse: Arc<Pulse>,
) -> End {
    let cap = link.limits.session.payload.max(MAX_HANDSHAKE);
    let mut intake = Intake::new(BURST, cap);
    loop {
        match from.read(intake.space()).await {
            Ok(0) => return End::Broken(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => intake.filled(count),
            Err(error) => return End::Broken(error),
        }
        pulse.heard.store(true, Ordering::Relaxed);
        let (header, mut payload) = match deliver(&mut intake, &link, &node).await {
            Ok(None) => continue,
            Ok(Some(long)) => long,
            Err(end) => return end,
        };
        if let Err(error) = complete(&mut from, header, &mut payload, &pulse).await {
            return End::Broken(error);
        }
        if let Err(end) = take(&link, header, payload.into(), &node) {
            return end;
        }
    }
}

/// Takes every whole frame that has come, a few in each turn; what has come of a long one, if there is
/// one behind them.
async fn deliver(
    intake: &mut Intake,
    link: &Arc<Link>,
    node: &Weak<Inner>,
) -> Result<Option<(Header, Vec<u8>)>, End> {
    loop {
        for _ in 0..TURN {
            match intake.next().map_err(End::Fault)? {
                Arrived::Frame(header, payload) => take(link, header, payload.into(), node)?,
                Arrived::Long(header, payload) => return Ok(Some((header, payload))),
                Arrived::Part => return Ok(None),
            }
        }
        yield_now().await;
    }
}

fn take(
    link: &Arc<Link>,
    header: Header,
    payload: Cow<'_, [u8]>,
    node: &Weak<Inner>,
) -> Result<(), End> {
    if header.kind == Kind::Bye {
        return Err(End::Farewell);
    }
    let node = node.upgrade().ok_or(End::Node)?;
    if link.take(header, payload, &node) {
        Ok(())
    } else {
        Err(End::Faults)
    }
}

/// Reads the rest of a long frame.
async fn complete(
    from: &mut (impl AsyncRead + Unpin),
    header: Header,
    payload: &mut Vec<u8>,
    pulse: &Pulse,
) -> io::Result<()> {
    let missing = (header.length as usize).saturating_sub(payload.len());
    let mut rest = from.take(missing as u64);
    while rest.limit() > 0 {
        if rest.read_buf(payload).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        pulse.heard.store(true, Ordering::Relaxed);
    }
    Ok(())
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
        pulse.said.store(true, Ordering::Relaxed);
        burst.clear();
        // One long frame more than a burst is kept room for.
        burst.shrink_to(2 * BURST + HEADER);
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
        match within(patience, to.write(burst)).await? {
            0 => return Err(End::Broken(io::ErrorKind::WriteZero.into())),
            count => burst = &burst[count..],
        }
    }
    within(patience, to.flush()).await
}

/// Waits for a peer that takes what is written. What is done at once needs no timer.
async fn within<T>(
    patience: Duration,
    work: impl Future<Output = io::Result<T>>,
) -> Result<T, End> {
    let mut work = pin!(work);
    let done = match futures::poll!(work.as_mut()) {
        Poll::Ready(done) => Ok(done),
        Poll::Pending => timeout(patience, work).await,
    };
    match done {
        Ok(done) => done.map_err(End::Broken),
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
    let began = Instant::now();
    let (mut heard, mut said) = (Still(began), Still(began));
    loop {
        sleep(step).await;
        if node.strong_count() == 0 {
            return End::Node;
        }
        let late = !link.has_greeted() && began.elapsed() >= timing.handshake;
        if late || heard.look(&pulse.heard) >= timing.silence {
            return End::Silent;
        }
        if said.look(&pulse.said) >= timing.heartbeat {
            link.say(Kind::Ping, 0, &());
        }
        link.sweep(timing.idle);
    }
}
