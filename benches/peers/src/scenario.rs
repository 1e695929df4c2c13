//! What every system does alike: four exchanges, each a number of turns, and what a run reports.
//!
//! A run sets its channels or sessions up, then times the turns alone. Payloads are counters that
//! the receiver checks, so a system that loses, repeats or swaps a message fails instead of winning.

use std::{
    error::Error,
    future::Future,
    time::{Duration, Instant},
};

/// Items for each credit.
pub const BATCH: u64 = 8;

/// A buffer of the double buffering.
pub type Block = [u64; 8];

/// What goes wrong in a run.
pub type Failure = Box<dyn Error + Send + Sync>;

/// One run of so many turns.
pub type Run = fn(u64) -> Result<Duration, Failure>;

/// An exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scenario {
    /// A ball to and fro.
    PingPong,
    /// Eight items for each credit.
    Stream,
    /// Source, kernel and sink with two buffers in flight.
    DoubleBuffer,
    /// A token round three members.
    Ring,
}

impl Scenario {
    /// Every exchange, in the order of [`System::runs`].
    pub const ALL: [Self; 4] = [Self::PingPong, Self::Stream, Self::DoubleBuffer, Self::Ring];

    /// Its name in the table.
    pub fn name(self) -> &'static str {
        match self {
            Self::PingPong => "ping-pong",
            Self::Stream => "stream with credit",
            Self::DoubleBuffer => "double buffering",
            Self::Ring => "ring of three",
        }
    }

    /// Messages of a turn.
    pub fn messages(self) -> u64 {
        match self {
            Self::PingPong => 2,
            Self::Stream => BATCH + 1,
            Self::DoubleBuffer => 8,
            Self::Ring => 3,
        }
    }
}

/// A system, with what it can express.
pub struct System {
    /// Name and version.
    pub name: &'static str,
    /// One for each of [`Scenario::ALL`]; none where the system cannot express it.
    pub runs: [Option<Run>; 4],
    /// Turns relative to the others: 1 is full length, 10 a tenth for the slow ones.
    pub slower: u64,
}

/// Runs a future on this thread, without anything around it: the executor that costs least.
pub fn on_one_thread<T>(run: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    futures::executor::block_on(run)
}

/// Runs a future on this thread, with the tasks that it spawns, sockets and timers.
pub fn on_a_runtime<T>(run: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(run)
}

/// The same as a task, as what a program does mostly is: for its first future, a runtime asks the system
/// for events each time that nothing else is to be done.
pub fn on_a_task<T, F>(run: F) -> Result<T, Failure>
where
    F: Future<Output = Result<T, Failure>> + Send + 'static,
    T: Send + 'static,
{
    on_a_runtime(async { tokio::spawn(run).await? })
}

/// How long a future takes.
pub async fn timed<T>(run: impl Future<Output = Result<T, Failure>>) -> Result<Duration, Failure> {
    let began = Instant::now();
    run.await?;
    Ok(began.elapsed())
}

/// Fails unless the message is the one that was due.
pub fn expect<T: PartialEq + std::fmt::Debug>(found: T, due: T) -> Result<(), Failure> {
    if found == due {
        return Ok(());
    }
    Err(format!("{found:?} arrived, {due:?} was due").into())
}
