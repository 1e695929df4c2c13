//! Recording effects and playing them back.
//!
//! A [`Tape`] keeps each call and its outcome, in order. Played back, the calls must be the same
//! calls in the same order, and get the outcomes of then: whatever a run took from the world, it
//! takes again. A call that differs is told by [`Tape::verdict`], and from there on by every effect
//! that can fail. Left out on purpose: connections, whose bytes are the simulator's.

mod crypto;
mod journal;

use std::{
    collections::VecDeque,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    console::{ConsoleEffects, ConsoleError},
    random::{RandomEffects, RandomError},
    storage::{StorageEffects, StorageError},
    time::{TimeEffects, TimeError},
};

/// One call: which, with what, and what came of it, each as postcard.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    method: String,
    arguments: Vec<u8>,
    outcome: Vec<u8>,
}

/// Where played back calls differ from those recorded.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Difference {
    /// Another call, or one with other arguments.
    #[error("call {at} is `{found}`, and `{expected}` was recorded")]
    Call {
        /// Which call, from 0.
        at: usize,
        /// The call.
        found: String,
        /// The call recorded.
        expected: String,
    },
    /// The same call, with other arguments.
    #[error("call {at}, `{method}`, has other arguments than were recorded")]
    Arguments {
        /// Which call, from 0.
        at: usize,
        /// The call.
        method: String,
    },
    /// More calls than were recorded.
    #[error("call {at}, `{found}`, is one more than were recorded")]
    More {
        /// Which call, from 0.
        at: usize,
        /// The call.
        found: String,
    },
    /// Fewer calls than were recorded.
    #[error("{0} calls that were recorded were not made")]
    Fewer(usize),
    /// The tape does not hold calls.
    #[error("the tape cannot be read")]
    Unreadable,
}

/// Calls and their outcomes. Clones are the same tape.
#[derive(Clone, Default)]
pub struct Tape {
    reel: Arc<Mutex<Reel>>,
}

#[derive(Default)]
struct Reel {
    entries: VecDeque<Entry>,
    played: usize,
    difference: Option<Difference>,
}

impl fmt::Debug for Tape {
    /// Without what was said: outcomes may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let reel = self.lock();
        f.debug_struct("Tape")
            .field("entries", &reel.entries.len())
            .field("played", &reel.played)
            .finish_non_exhaustive()
    }
}

impl Tape {
    /// The tape as bytes.
    pub fn bytes(&self) -> Vec<u8> {
        postcard::to_stdvec(&self.lock().entries).unwrap_or_default()
    }

    /// A tape of these bytes, from its beginning.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Difference> {
        let entries = postcard::from_bytes(bytes).map_err(|_| Difference::Unreadable)?;
        let tape = Self::default();
        tape.lock().entries = entries;
        Ok(tape)
    }

    /// Whether everything that was played back was as recorded, to the end.
    pub fn verdict(&self) -> Result<(), Difference> {
        let reel = self.lock();
        match &reel.difference {
            Some(difference) => Err(difference.clone()),
            None if reel.entries.is_empty() => Ok(()),
            None => Err(Difference::Fewer(reel.entries.len())),
        }
    }

    fn record<T: Serialize>(&self, method: &str, arguments: &impl Serialize, outcome: T) -> T {
        let entry = Entry {
            method: method.to_owned(),
            arguments: postcard::to_stdvec(arguments).unwrap_or_default(),
            outcome: postcard::to_stdvec(&outcome).unwrap_or_default(),
        };
        self.lock().entries.push_back(entry);
        outcome
    }

    fn play<T: DeserializeOwned>(
        &self,
        method: &str,
        arguments: &impl Serialize,
    ) -> Result<T, Difference> {
        let mut reel = self.lock();
        if let Some(difference) = &reel.difference {
            return Err(difference.clone());
        }
        let outcome = reel.next(method, &postcard::to_stdvec(arguments).unwrap_or_default());
        if let Err(difference) = &outcome {
            reel.difference = Some(difference.clone());
        }
        postcard::from_bytes(&outcome?).map_err(|_| Difference::Unreadable)
    }

    fn lock(&self) -> MutexGuard<'_, Reel> {
        self.reel.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reel {
    fn next(&mut self, method: &str, arguments: &[u8]) -> Result<Vec<u8>, Difference> {
        let (at, found) = (self.played, method.to_owned());
        let entry = self.entries.pop_front();
        let entry = entry.ok_or_else(|| Difference::More {
            at,
            found: found.clone(),
        })?;
        self.played += 1;
        if entry.method != method {
            let expected = entry.method;
            return Err(Difference::Call {
                at,
                found,
                expected,
            });
        }
        if entry.arguments != arguments {
            let method = found;
            return Err(Difference::Arguments { at, method });
        }
        Ok(entry.outcome)
    }
}

/// Effects whose calls go to a tape.
///
/// ```
/// use aura_runtime::effects::{
///     random::{RandomEffects, SystemRandom, bytes},
///     record::{Difference, Played, Recorded, Tape},
/// };
/// let tape = Tape::default();
/// let then: [u8; 4] = bytes(&Recorded::new(SystemRandom, &tape))?;
///
/// let tape = Tape::from_bytes(&tape.bytes()).unwrap();
/// assert_eq!(bytes::<4>(&Played::new(&tape))?, then);
/// assert_eq!(tape.verdict(), Ok(()));
/// assert!(bytes::<4>(&Played::new(&tape)).is_err(), "one more than then");
/// assert!(matches!(tape.verdict(), Err(Difference::More { at: 1, .. })));
/// # Ok::<(), aura_runtime::effects::random::RandomError>(())
/// ```
#[derive(Debug)]
pub struct Recorded<E> {
    inner: E,
    tape: Tape,
}

impl<E> Recorded<E> {
    /// Records what is asked of `inner`.
    pub fn new(inner: E, tape: &Tape) -> Self {
        Self {
            inner,
            tape: tape.clone(),
        }
    }
}

/// Effects that a tape plays back.
#[derive(Debug)]
pub struct Played {
    tape: Tape,
}

impl Played {
    /// Plays what the tape holds next.
    pub fn new(tape: &Tape) -> Self {
        Self { tape: tape.clone() }
    }
}

impl<E: RandomEffects> RandomEffects for Recorded<E> {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        let filled = self.inner.fill(bytes);
        let outcome = filled.as_ref().map(|()| &*bytes).map_err(|error| &error.0);
        let _ = self.tape.record("random.fill", &bytes.len(), outcome);
        filled
    }
}

impl RandomEffects for Played {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomError> {
        let outcome = self
            .tape
            .play::<Result<Vec<u8>, String>>("random.fill", &bytes.len());
        let filled = outcome.unwrap_or_else(|difference| Err(difference.to_string()));
        let filled = filled.map_err(RandomError)?;
        if filled.len() != bytes.len() {
            return Err(RandomError(Difference::Unreadable.to_string()));
        }
        bytes.copy_from_slice(&filled);
        Ok(())
    }
}

impl<E: TimeEffects> TimeEffects for Recorded<E> {
    fn now(&self) -> Duration {
        self.tape.record("time.now", &(), self.inner.now())
    }

    fn wall(&self) -> Result<Duration, TimeError> {
        self.tape.record("time.wall", &(), self.inner.wall())
    }

    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        self.tape.record("time.sleep", &duration, ());
        self.inner.sleep(duration)
    }
}

impl TimeEffects for Played {
    /// A call that was not recorded finds a clock at its beginning; the verdict tells.
    fn now(&self) -> Duration {
        self.tape.play("time.now", &()).unwrap_or_default()
    }

    fn wall(&self) -> Result<Duration, TimeError> {
        let played = self.tape.play("time.wall", &());
        played.unwrap_or(Err(TimeError::Before1970))
    }

    /// Nobody waits for what has been.
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        let _ = self.tape.play::<()>("time.sleep", &duration);
        Box::pin(std::future::ready(()))
    }
}

impl<E: StorageEffects> StorageEffects for Recorded<E> {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        self.tape.record("storage.get", &name, self.inner.get(name))
    }

    fn put(&self, name: &str, value: &[u8]) -> Result<(), StorageError> {
        let outcome = self.inner.put(name, value);
        self.tape.record("storage.put", &(name, value), outcome)
    }

    fn remove(&self, name: &str) -> Result<bool, StorageError> {
        let outcome = self.inner.remove(name);
        self.tape.record("storage.remove", &name, outcome)
    }

    fn names(&self) -> Result<Vec<String>, StorageError> {
        self.tape.record("storage.names", &(), self.inner.names())
    }
}

fn differs<T>(difference: &Difference) -> Result<T, StorageError> {
    Err(StorageError::Io(difference.to_string()))
}

impl StorageEffects for Played {
    fn get(&self, name: &str) -> Result<Option<Vec<u8>>, StorageError> {
        let played = self.tape.play("storage.get", &name);
        played.unwrap_or_else(|difference| differs(&difference))
    }

    fn put(&self, name: &str, value: &[u8]) -> Result<(), StorageError> {
        let played = self.tape.play("storage.put", &(name, value));
        played.unwrap_or_else(|difference| differs(&difference))
    }

    fn remove(&self, name: &str) -> Result<bool, StorageError> {
        let played = self.tape.play("storage.remove", &name);
        played.unwrap_or_else(|difference| differs(&difference))
    }

    fn names(&self) -> Result<Vec<String>, StorageError> {
        let played = self.tape.play("storage.names", &());
        played.unwrap_or_else(|difference| differs(&difference))
    }
}

impl<E: ConsoleEffects> ConsoleEffects for Recorded<E> {
    fn say(&self, line: &str) -> Result<(), ConsoleError> {
        self.tape.record("console.say", &line, self.inner.say(line))
    }

    fn ask(&self, question: &str) -> Result<Option<String>, ConsoleError> {
        let outcome = self.inner.ask(question);
        self.tape.record("console.ask", &question, outcome)
    }
}

impl ConsoleEffects for Played {
    fn say(&self, line: &str) -> Result<(), ConsoleError> {
        let played = self.tape.play("console.say", &line);
        played.unwrap_or_else(|difference| Err(ConsoleError(difference.to_string())))
    }

    fn ask(&self, question: &str) -> Result<Option<String>, ConsoleError> {
        let played = self.tape.play("console.ask", &question);
        played.unwrap_or_else(|difference| Err(ConsoleError(difference.to_string())))
    }
}
