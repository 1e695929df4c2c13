//! What can go wrong with a step, by cause.

use crate::{endpoint::FrameError, guard::Refusal};

/// A step that was not allowed: nothing was charged, nothing was sent, and the state can be tried
/// again.
#[derive(Debug)]
pub struct Refused<S, M> {
    /// The state, un-advanced.
    pub state: S,
    /// What was handed in: the message; the hook's error, where a local step failed.
    pub message: M,
    /// What was asked and what there was.
    pub reason: Refusal,
}

/// Why a send gave no next state. Two words, so that a send's result is given in registers.
#[derive(Debug)]
pub enum Unsent<S, M> {
    /// The guard chain said no; the state is in here.
    Refused(Box<Refused<S, M>>),
    /// The session cannot go on.
    Fatal(Box<SessionError>),
}

impl<S, M> From<SessionError> for Unsent<S, M> {
    #[cold]
    fn from(error: SessionError) -> Self {
        Self::Fatal(Box::new(error))
    }
}

impl<S, M> Unsent<S, M> {
    /// The refusal, if it is one.
    pub fn refused(self) -> Result<Refused<S, M>, SessionError> {
        match self {
            Self::Refused(refused) => Ok(*refused),
            Self::Fatal(error) => Err(*error),
        }
    }
}

/// Why a local step failed: what the hook says.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct LocalError(String);

impl LocalError {
    /// For this cause.
    pub fn new(cause: impl std::fmt::Display) -> Self {
        Self(cause.to_string())
    }
}

impl From<&str> for LocalError {
    fn from(cause: &str) -> Self {
        Self(cause.to_owned())
    }
}

impl From<String> for LocalError {
    fn from(cause: String) -> Self {
        Self(cause)
    }
}

/// Why a session cannot go on, or could not go on from here.
///
/// Small, and in whole words: every receive gives it or a state, and a result whose parts are bytes is
/// copied in pieces, for which the processor has to wait.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    /// A send was refused, and the caller chose `?` over looking at [`Refused`].
    #[error(transparent)]
    Refused(Box<Refusal>),
    /// `start` was called on a session that has taken a step; `resume` gives its state.
    #[error("the session has left its first state; resume it")]
    Moved,
    /// The peer has ended its side, or its connection is gone.
    #[error("{role} has left the session")]
    PeerLost {
        /// The peer's role.
        role: &'static str,
    },
    /// Nothing had happened in the session for as long as the node allows.
    #[error("nothing happened in the session for too long")]
    Idle,
    /// The peer sent something that the local type does not expect.
    #[error(transparent)]
    Frame(Box<FrameError>),
    /// The payload could not be encoded, or is beyond the size that frames may have.
    #[error("the payload of {message} cannot be sent: {cause}")]
    Payload {
        /// The message's wire label.
        message: &'static str,
        /// Why not.
        cause: String,
    },
    /// A fork is left before its threads have ended.
    #[error("a thread of this fork is still running")]
    Running,
    /// Facts that rode with a message could not be joined; it is not delivered.
    #[error("the journal did not take the facts of a message: {cause}")]
    Journal {
        /// What the store said.
        cause: String,
    },
    /// The tables are not those of this state: generated code and runtime disagree.
    #[error("the protocol's tables have no {0}")]
    Table(&'static str),
}

impl From<Refusal> for SessionError {
    #[cold]
    fn from(refusal: Refusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

impl From<FrameError> for SessionError {
    #[cold]
    fn from(error: FrameError) -> Self {
        Self::Frame(Box::new(error))
    }
}

impl<S, M> From<Unsent<S, M>> for SessionError {
    fn from(unsent: Unsent<S, M>) -> Self {
        match unsent {
            Unsent::Refused(refused) => refused.reason.into(),
            Unsent::Fatal(error) => *error,
        }
    }
}
