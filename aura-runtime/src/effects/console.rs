//! Words to a person and from one.
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "edge: the terminal is read and written here"
)]

use std::{
    collections::VecDeque,
    io::{BufRead, Write},
    sync::{Mutex, PoisonError},
};

/// Words to a person and from one.
pub trait ConsoleEffects: Send + Sync {
    /// Shows a line.
    fn say(&self, line: &str) -> Result<(), ConsoleError>;

    /// Shows a question and waits for a line; `None` where nobody will answer any more.
    fn ask(&self, question: &str) -> Result<Option<String>, ConsoleError>;
}

/// The terminal is gone.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, thiserror::Error)]
#[error("no console: {0}")]
pub struct ConsoleError(pub String);

impl From<std::io::Error> for ConsoleError {
    fn from(error: std::io::Error) -> Self {
        Self(error.to_string())
    }
}

/// Standard output and standard input.
#[derive(Clone, Copy, Debug, Default)]
pub struct Terminal;

impl ConsoleEffects for Terminal {
    fn say(&self, line: &str) -> Result<(), ConsoleError> {
        Ok(writeln!(std::io::stdout().lock(), "{line}")?)
    }

    fn ask(&self, question: &str) -> Result<Option<String>, ConsoleError> {
        let mut out = std::io::stdout().lock();
        write!(out, "{question} ")?;
        out.flush()?;
        let mut line = String::new();
        let read = std::io::stdin().lock().read_line(&mut line)?;
        Ok((read > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
    }
}

/// A person whose answers are known, for tests.
///
/// ```
/// use aura_runtime::effects::console::{ConsoleEffects, ScriptedConsole};
/// let console = ScriptedConsole::answering(&["yes"]);
/// assert_eq!(console.ask("sure?")?.as_deref(), Some("yes"));
/// console.say("done")?;
/// assert_eq!(console.ask("more?")?, None);
/// assert_eq!(console.shown(), ["sure?", "done", "more?"]);
/// # Ok::<(), aura_runtime::effects::console::ConsoleError>(())
/// ```
#[derive(Debug, Default)]
pub struct ScriptedConsole {
    answers: Mutex<VecDeque<String>>,
    shown: Mutex<Vec<String>>,
}

impl ScriptedConsole {
    /// Somebody who gives these answers, in order.
    pub fn answering(answers: &[&str]) -> Self {
        let answers = answers.iter().map(|answer| (*answer).to_owned());
        Self {
            answers: Mutex::new(answers.collect()),
            shown: Mutex::default(),
        }
    }

    /// Every line and question so far.
    pub fn shown(&self) -> Vec<String> {
        let shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.clone()
    }
}

impl ConsoleEffects for ScriptedConsole {
    fn say(&self, line: &str) -> Result<(), ConsoleError> {
        let mut shown = self.shown.lock().unwrap_or_else(PoisonError::into_inner);
        shown.push(line.to_owned());
        Ok(())
    }

    fn ask(&self, question: &str) -> Result<Option<String>, ConsoleError> {
        self.say(question)?;
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(answers.pop_front())
    }
}
