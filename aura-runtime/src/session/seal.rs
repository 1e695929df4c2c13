//! What a channel carries: a message together with the proof that it was charged.
//!
//! A [`Parcel`] is either open (the ledger has acknowledged) or sealed: then its content can be taken
//! only after the ledger's own task has broken the seal, whatever became of the sender meanwhile. A
//! parcel whose write failed is void; its content goes back to the sender.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::watch;

use super::{Choreography, Label};
use crate::{ledger::Committed, store::StoreError};

type Outcome = Result<(), StoreError>;

/// The outcome of a write, for as many as wait for it.
#[derive(Clone, Debug)]
pub(crate) struct Verdict(watch::Receiver<Option<Outcome>>);

/// The ledger's end of a [`Verdict`].
pub(crate) struct Judge(watch::Sender<Option<Outcome>>);

impl Verdict {
    pub(crate) fn pending() -> (Judge, Self) {
        let (judge, verdict) = watch::channel(None);
        (Judge(judge), Self(verdict))
    }

    /// Waits for the ledger. A ledger that is gone has not committed.
    pub(crate) async fn wait(&mut self) -> Outcome {
        match self.0.wait_for(Option::is_some).await {
            Ok(outcome) => outcome.clone().unwrap_or(Err(StoreError::Closed)),
            Err(_) => Err(StoreError::Closed),
        }
    }
}

impl Judge {
    /// Tells whoever waits.
    pub(crate) fn announce(self, outcome: Outcome) {
        // Nobody waiting is fine: the parcel was dropped together with its session.
        let _ = self.0.send(Some(outcome));
    }

    /// Breaks the seal with the proof of commitment, or voids it.
    pub(crate) fn rule(self, outcome: Result<Committed, StoreError>) {
        self.announce(outcome.map(drop));
    }
}

/// A message whose charge is on its way to the journal.
pub(crate) struct Sealed<P: Choreography> {
    verdict: Verdict,
    content: Mutex<Option<P::Message>>,
}

impl<P: Choreography> Sealed<P> {
    pub(crate) fn new(message: P::Message, verdict: Verdict) -> Arc<Self> {
        Arc::new(Self {
            verdict,
            content: Mutex::new(Some(message)),
        })
    }

    /// For the receiver: the message once committed, `None` if it is void.
    pub(crate) async fn open(&self) -> Option<P::Message> {
        self.verdict.clone().wait().await.ok()?;
        self.take()
    }

    /// For the sender, after a failed write: the message again.
    pub(crate) fn take_back(&self) -> Option<P::Message> {
        self.take()
    }

    fn take(&self) -> Option<P::Message> {
        self.content
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

/// What a rumpsteak channel of protocol `P` carries.
pub(crate) enum Parcel<P: Choreography> {
    Open(P::Message, Committed),
    Sealed(Arc<Sealed<P>>),
}

/// A payload that the guard chain has let through. It is the only thing that a rumpsteak `Send` of
/// this crate accepts.
pub(crate) enum Cleared<L: Label> {
    Open(L::Payload, Committed),
    Sealed(Arc<Sealed<L::Of>>),
}

impl<L: Label> rumpsteak::Label<Cleared<L>> for Parcel<L::Of> {
    fn wrap(cleared: Cleared<L>) -> Self {
        match cleared {
            Cleared::Open(payload, proof) => Self::Open(L::wrap(payload), proof),
            Cleared::Sealed(sealed) => Self::Sealed(sealed),
        }
    }

    fn unwrap(self) -> Option<Cleared<L>> {
        match self {
            Self::Open(message, proof) => Some(Cleared::Open(L::unwrap(message).ok()?, proof)),
            Self::Sealed(sealed) => Some(Cleared::Sealed(sealed)),
        }
    }
}
