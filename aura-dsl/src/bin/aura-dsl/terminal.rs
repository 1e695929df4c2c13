//! Standard output and standard error.
//!
//! What holds: a reader who closes the pipe is no error, the rest is simply not written; progress
//! shows only on a terminal, only if there is something to wait for, and never between the lines of
//! a diagnostic.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::process::ExitCode;

use aura_dsl::escape::visible;
use indicatif::{ProgressBar, ProgressStyle};

use crate::arguments::Color;

/// How a command ended; the worse one wins.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// All is well.
    Fine,
    /// Something was found.
    Failed,
    /// The arguments make no sense.
    Usage,
}

impl Outcome {
    pub(crate) fn failed_if(failed: bool) -> Self {
        if failed { Self::Failed } else { Self::Fine }
    }

    pub(crate) fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Self::Fine => 0,
            Self::Failed => 1,
            Self::Usage => 2,
        })
    }
}

pub(crate) struct Terminal {
    out: BufWriter<StdoutLock<'static>>,
    /// Whether somebody still reads what is written.
    heard: bool,
    color: bool,
    progress: Option<ProgressBar>,
}

impl Terminal {
    pub(crate) fn new(color: Color) -> Self {
        let plain = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
        Self {
            out: BufWriter::new(io::stdout().lock()),
            heard: true,
            color: match color {
                Color::Always => true,
                Color::Never => false,
                Color::Auto => io::stderr().is_terminal() && !plain("NO_COLOR") && !dumb,
            },
            progress: None,
        }
    }

    /// Whether diagnostics are coloured.
    pub(crate) fn color(&self) -> bool {
        self.color
    }

    /// Whether it is worth while to go on.
    pub(crate) fn heard(&self) -> bool {
        self.heard
    }

    /// Writes a result.
    pub(crate) fn result(&mut self, text: &str) {
        if self.heard && self.out.write_all(text.as_bytes()).is_err() {
            self.heard = false;
        }
    }

    /// Writes a diagnostic, behind all results that came before it.
    pub(crate) fn diagnostic(&mut self, text: &str) {
        if text.is_empty() {
            return;
        }
        self.flush();
        let write = || {
            // Without anybody who reads there is nobody to tell.
            let _ = io::stderr().lock().write_all(text.as_bytes());
        };
        match &self.progress {
            Some(bar) => bar.suspend(write),
            None => write(),
        }
    }

    /// Says that something outside of any text went wrong.
    pub(crate) fn error(&mut self, message: &str) {
        self.diagnostic(&format!("error: {}\n", visible(message)));
    }

    /// The same with the place on the command line, in lines.
    pub(crate) fn error_at(&mut self, message: &str, place: &str) {
        let lines = place.lines().map(|line| format!("  {}\n", visible(line)));
        let place: String = lines.collect();
        self.diagnostic(&format!("error: {}\n{place}", visible(message)));
    }

    pub(crate) fn flush(&mut self) {
        if self.out.flush().is_err() {
            self.heard = false;
        }
    }

    /// Begins work on so many files.
    pub(crate) fn begin(&mut self, files: usize) {
        if files < 2 || !io::stderr().is_terminal() {
            return;
        }
        let style = ProgressStyle::with_template("{pos}/{len} {wide_bar} {msg}");
        let bar = ProgressBar::new(files as u64);
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
        self.progress = Some(bar);
    }

    /// Begins work on the next file.
    pub(crate) fn next(&mut self, path: &str) {
        if let Some(bar) = &self.progress {
            bar.set_message(visible(path).into_owned());
            bar.inc(1);
        }
    }

    pub(crate) fn end(&mut self) {
        if let Some(bar) = self.progress.take() {
            bar.finish_and_clear();
        }
    }
}
