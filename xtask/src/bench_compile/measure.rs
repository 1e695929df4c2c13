//! One measurement: a whole process, its time and the most memory that it held.
//!
//! What holds: the exit code was 0, so a refused protocol is never timed as if it had been
//! compiled. The kernel's figure for memory includes what the parent held when the child started,
//! which is a few megabytes here.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use wait4::Wait4 as _;

/// What a run took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sample {
    /// From the start of the process to its end.
    pub(crate) wall: Duration,
    /// What the processor spent on it, which other work on the machine hardly changes.
    pub(crate) cpu: Duration,
    /// The most resident memory, in bytes.
    pub(crate) peak: u64,
}

/// The runs of one case.
#[derive(Clone, Debug)]
pub(crate) struct Samples(Vec<Sample>);

impl Samples {
    /// No runs yet.
    pub(crate) const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a run.
    pub(crate) fn push(&mut self, sample: Sample) {
        self.0.push(sample);
    }

    /// The median times, and the highest of the peaks.
    pub(crate) fn median(&self) -> Sample {
        Sample {
            wall: self.middle(|sample| sample.wall),
            cpu: self.middle(|sample| sample.cpu),
            peak: self.0.iter().map(|sample| sample.peak).max().unwrap_or(0),
        }
    }

    fn middle(&self, of: fn(&Sample) -> Duration) -> Duration {
        let mut times: Vec<Duration> = self.0.iter().map(of).collect();
        times.sort();
        times.get(times.len() / 2).copied().unwrap_or_default()
    }
}

/// Runs `BINARY COMMAND PATH` once.
pub(crate) fn whole_process(binary: &Path, command: &str, path: &Path) -> Result<Sample, String> {
    let began = Instant::now();
    let mut child = Command::new(binary)
        .arg(command)
        .arg(path)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| format!("{} did not start: {error}", binary.display()))?;
    let end = child.wait4().map_err(|error| error.to_string())?;
    let wall = began.elapsed();
    if !end.status.success() {
        return Err(format!(
            "`{} {command} {}` ended with {}",
            binary.display(),
            path.display(),
            end.status
        ));
    }
    Ok(Sample {
        wall,
        cpu: end.rusage.utime + end.rusage.stime,
        peak: end.rusage.maxrss,
    })
}
