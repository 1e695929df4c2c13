//! What a channel carries: a message together with the proof that it was charged.
//!
//! A [`Parcel`] is either open (the ledger has acknowledged) or sealed: then its content can be taken
//! only after the ledger's own task has broken the seal, whatever became of the sender meanwhile. A
//! parcel whose write failed is void; its content goes back to the sender.

use std::{
    future::poll_fn,
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker, ready},
};

use super::Choreography;
use crate::{fact::Fact, ledger::Committed, machine::LabelId, store::StoreError, walk::Word};

type Outcome = Result<(), StoreError>;

/// The outcome of a write, for as many as wait for it.
#[derive(Clone, Debug)]
pub(crate) struct Verdict(Arc<Mutex<Court>>);

#[derive(Debug)]
struct Court {
    outcome: Option<Outcome>,
    waiting: Vec<Waker>,
}

/// The ledger's end of a [`Verdict`].
pub(crate) struct Judge(Verdict);

impl Verdict {
    pub(crate) fn pending() -> (Judge, Self) {
        let verdict = Self(Arc::new(Mutex::new(Court {
            outcome: None,
            waiting: Vec::new(),
        })));
        (Judge(verdict.clone()), verdict)
    }

    /// The ledger's word, if it has come.
    pub(crate) fn poll(&self, context: &mut Context<'_>) -> Poll<Outcome> {
        let mut court = self.lock();
        if let Some(outcome) = &court.outcome {
            return Poll::Ready(outcome.clone());
        }
        let waker = context.waker();
        if !court.waiting.iter().any(|known| known.will_wake(waker)) {
            court.waiting.push(waker.clone());
        }
        Poll::Pending
    }

    /// Waits for the ledger.
    pub(crate) async fn wait(&self) -> Outcome {
        poll_fn(|context| self.poll(context)).await
    }

    fn tell(&self, outcome: Outcome) {
        let mut court = self.lock();
        if court.outcome.is_some() {
            return;
        }
        court.outcome = Some(outcome);
        let waiting = mem::take(&mut court.waiting);
        drop(court);
        waiting.into_iter().for_each(Waker::wake);
    }

    /// A verdict is a single assignment, so a panic elsewhere leaves it whole.
    fn lock(&self) -> MutexGuard<'_, Court> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Judge {
    /// Tells whoever waits.
    pub(crate) fn announce(self, outcome: Outcome) {
        self.0.tell(outcome);
    }
}

impl Drop for Judge {
    /// A ledger that is gone has not committed.
    fn drop(&mut self) {
        self.0.tell(Err(StoreError::Closed));
    }
}

/// What is said in a parcel.
pub(crate) enum Content<P: Choreography> {
    Message(P::Message),
    /// A message, with the facts that ride with it.
    Merging(P::Message, Vec<Fact>),
    /// The sender will not give the answer that this label stands for.
    Abstention(LabelId),
}

impl<P: Choreography> Content<P> {
    /// A message, with the facts that ride with it, if any do.
    pub(crate) fn of(message: P::Message, riding: Vec<Fact>) -> Self {
        if riding.is_empty() {
            Self::Message(message)
        } else {
            Self::Merging(message, riding)
        }
    }

    /// The message, if it is one.
    pub(crate) fn into_message(self) -> Option<P::Message> {
        match self {
            Self::Message(message) | Self::Merging(message, _) => Some(message),
            Self::Abstention(_) => None,
        }
    }

    #[inline]
    pub(crate) fn word(&self) -> Word {
        match self {
            Self::Message(message) | Self::Merging(message, _) => Word::Message(P::label(message)),
            Self::Abstention(label) => Word::Abstention(*label),
        }
    }
}

/// A content whose charge is on its way to the journal.
pub(crate) struct Sealed<P: Choreography> {
    verdict: Verdict,
    content: Mutex<Option<Content<P>>>,
}

impl<P: Choreography> Sealed<P> {
    pub(crate) fn new(content: Content<P>, verdict: Verdict) -> Arc<Self> {
        Arc::new(Self {
            verdict,
            content: Mutex::new(Some(content)),
        })
    }

    /// For the receiver: the content once committed, `None` if it is void.
    pub(crate) fn poll_open(&self, context: &mut Context<'_>) -> Poll<Option<Content<P>>> {
        self.verdict
            .poll(context)
            .map(|outcome| outcome.ok().and_then(|()| self.take()))
    }

    /// For the sender, after a failed write: the content again.
    pub(crate) fn take_back(&self) -> Option<Content<P>> {
        self.take()
    }

    fn take(&self) -> Option<Content<P>> {
        self.content
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take()
    }
}

/// What is said, as one pointer: it goes from hand to hand in a register, whatever is in it. The copies
/// of a message on its way through futures and channels would cost more than its place does.
pub(crate) struct Letter<P: Choreography>(Box<Cover<P>>);

enum Cover<P: Choreography> {
    Blank,
    Open(Content<P>),
    Sealed(Arc<Sealed<P>>),
}

impl<P: Choreography> From<Content<P>> for Letter<P> {
    #[inline]
    fn from(content: Content<P>) -> Self {
        Self(Box::new(Cover::Open(content)))
    }
}

impl<P: Choreography> Letter<P> {
    /// With this message, and no facts.
    #[inline]
    pub(crate) fn of(message: P::Message) -> Self {
        Content::Message(message).into()
    }

    /// What it says, once it is open.
    #[inline]
    pub(crate) fn said(&self) -> Option<&Content<P>> {
        match &*self.0 {
            Cover::Open(content) => Some(content),
            Cover::Blank | Cover::Sealed(_) => None,
        }
    }

    /// The message in it, if it is open and has one.
    #[inline]
    pub(crate) fn message(&self) -> Option<&P::Message> {
        match &*self.0 {
            Cover::Open(Content::Message(message) | Content::Merging(message, _)) => Some(message),
            _ => None,
        }
    }

    /// The same, for good; the letter is blank then.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<P::Message> {
        match mem::replace(&mut *self.0, Cover::Blank) {
            Cover::Open(Content::Message(message) | Content::Merging(message, _)) => Some(message),
            _ => None,
        }
    }

    /// Writes a message on a blank letter.
    #[inline]
    pub(crate) fn fill(&mut self, message: P::Message) {
        *self.0 = Cover::Open(Content::Message(message));
    }
}

/// What a rumpsteak channel of protocol `P` carries: a letter that may travel. It is made from the
/// ledger's proof, or from a write that the ledger has taken on.
pub(crate) struct Parcel<P: Choreography>(Letter<P>);

impl<P: Choreography> Parcel<P> {
    #[inline]
    pub(crate) fn open(letter: Letter<P>, _: Committed) -> Self {
        Self(letter)
    }

    pub(crate) fn sealed(sealed: Arc<Sealed<P>>) -> Self {
        Self(Letter(Box::new(Cover::Sealed(sealed))))
    }

    /// Breaks the seal, if there is one and the ledger has committed; `false` if it is void.
    pub(crate) fn poll_open(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        let cover = &mut *self.0.0;
        if let Cover::Sealed(sealed) = cover {
            let Some(said) = ready!(sealed.poll_open(context)) else {
                return Poll::Ready(false);
            };
            *cover = Cover::Open(said);
        }
        Poll::Ready(true)
    }

    #[inline]
    pub(crate) fn letter(&self) -> &Letter<P> {
        &self.0
    }

    /// The letter, for its receiver.
    #[inline]
    pub(crate) fn into_letter(self) -> Letter<P> {
        self.0
    }
}

impl<P: Choreography> rumpsteak::Label<Self> for Parcel<P> {
    fn wrap(parcel: Self) -> Self {
        parcel
    }

    fn unwrap(self) -> Option<Self> {
        Some(self)
    }
}
