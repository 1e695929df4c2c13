//! What a channel carries: a message together with the proof that it was charged.
//!
//! A [`Parcel`] is either open (the ledger has acknowledged) or sealed: then its content can be taken
//! only after the ledger's own task has broken the seal, whatever became of the sender meanwhile. A
//! parcel whose write failed is void; its content goes back to the sender.

use std::{
    sync::{Arc, Mutex, PoisonError},
    task::{Context, Poll, ready},
};

use super::{Choreography, verdict::Verdict};
use crate::{fact::Fact, ledger::Committed, machine::LabelId, receipt::Chain, walk::Word};

/// What is said in a parcel.
pub(crate) enum Content<P: Choreography> {
    Message(P::Message),
    /// A message, with the facts that ride with it.
    Merging(P::Message, Vec<Fact>),
    /// The same with its chain of receipts.
    Proven(P::Message, Box<(Vec<Fact>, Chain)>),
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

    /// The same with a chain of receipts.
    pub(crate) fn with(self, chain: Chain) -> Self {
        match self {
            Self::Message(message) => Self::Proven(message, Box::new((Vec::new(), chain))),
            Self::Merging(message, facts) => Self::Proven(message, Box::new((facts, chain))),
            other => other,
        }
    }

    /// The message, if it is one.
    pub(crate) fn into_message(self) -> Option<P::Message> {
        match self {
            Self::Message(message) | Self::Merging(message, _) | Self::Proven(message, _) => {
                Some(message)
            }
            Self::Abstention(_) => None,
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

    /// For the ledger's task, before the receiver hears of it: the chain that comes with it.
    pub(crate) fn prove(&self, chain: Chain) {
        let mut content = self.content.lock().unwrap_or_else(PoisonError::into_inner);
        *content = content.take().map(|content| content.with(chain));
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

struct Cover<P: Choreography> {
    /// None in a blank letter, in a sealed one, and in one that abstains.
    message: Option<P::Message>,
    besides: Besides<P>,
}

/// What there is besides, or instead of, the message.
enum Besides<P: Choreography> {
    Nothing,
    Facts(Vec<Fact>),
    Proof(Box<(Vec<Fact>, Chain)>),
    Abstention(LabelId),
    Sealed(Arc<Sealed<P>>),
}

impl<P: Choreography> From<Content<P>> for Cover<P> {
    fn from(content: Content<P>) -> Self {
        let (message, besides) = match content {
            Content::Message(message) => (Some(message), Besides::Nothing),
            Content::Merging(message, facts) => (Some(message), Besides::Facts(facts)),
            Content::Proven(message, proof) => (Some(message), Besides::Proof(proof)),
            Content::Abstention(label) => (None, Besides::Abstention(label)),
        };
        Self { message, besides }
    }
}

impl<P: Choreography> From<Content<P>> for Letter<P> {
    fn from(content: Content<P>) -> Self {
        Self(Box::new(content.into()))
    }
}

impl<P: Choreography> Letter<P> {
    /// With this message, and no facts.
    pub(crate) fn of(message: P::Message) -> Self {
        Content::Message(message).into()
    }

    /// What it says, once it is open.
    pub(crate) fn word(&self) -> Option<Word> {
        match (&self.0.message, &self.0.besides) {
            (Some(message), _) => Some(Word::Message(P::label(message))),
            (None, Besides::Abstention(label)) => Some(Word::Abstention(*label)),
            (None, _) => None,
        }
    }

    /// The message in it, if it is open and has one.
    #[inline]
    pub(crate) fn message(&self) -> Option<&P::Message> {
        self.0.message.as_ref()
    }

    /// The facts that ride with it.
    pub(crate) fn riding(&self) -> &[Fact] {
        match &self.0.besides {
            Besides::Facts(facts) => facts,
            Besides::Proof(proof) => &proof.0,
            _ => &[],
        }
    }

    /// The chain of receipts that came with it.
    pub(crate) fn chain(&self) -> Option<&Chain> {
        match &self.0.besides {
            Besides::Proof(proof) => Some(&proof.1),
            _ => None,
        }
    }

    /// The message, for good; the letter is blank then.
    #[inline]
    pub(crate) fn take(&mut self) -> Option<P::Message> {
        if !matches!(self.0.besides, Besides::Nothing) {
            self.0.clear();
        }
        self.0.message.take()
    }

    /// Writes a message on a blank letter.
    #[inline]
    pub(crate) fn fill(&mut self, message: P::Message) {
        self.0.message = Some(message);
    }
}

impl<P: Choreography> Cover<P> {
    #[cold]
    fn clear(&mut self) {
        self.besides = Besides::Nothing;
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
        Self(Letter(Box::new(Cover {
            message: None,
            besides: Besides::Sealed(sealed),
        })))
    }

    /// Breaks the seal, if there is one and the ledger has committed; `false` if it is void.
    pub(crate) fn poll_open(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        let cover = &mut *self.0.0;
        if let Besides::Sealed(sealed) = &cover.besides {
            let Some(said) = ready!(sealed.poll_open(context)) else {
                return Poll::Ready(false);
            };
            *cover = said.into();
        }
        Poll::Ready(true)
    }

    #[inline]
    pub(crate) fn letter(&self) -> &Letter<P> {
        &self.0
    }

    /// The label of its message, if it carries one.
    #[inline]
    pub(crate) fn label(&self) -> Option<LabelId> {
        self.0.message().map(P::label)
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
