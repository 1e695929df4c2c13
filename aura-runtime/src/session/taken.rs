//! What has come, and the state to go on from: generated code makes a typed value of it.

use std::{collections::BTreeMap, fmt, mem};

use super::{Answers, Choreography, Held, Label, Position, SessionError, take::What};

/// What has come; the seat has it in hand. The run has moved already.
pub struct Taken<'s, P: Choreography> {
    held: Held<'s, P>,
}

impl<P: Choreography> fmt::Debug for Taken<'_, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Taken").field("at", &self.at()).finish()
    }
}

/// A look at what a message carries, under one of its labels.
type Peek<P, T> = fn(&<P as Choreography>::Message) -> Option<T>;

impl<'s, P: Choreography> Taken<'s, P> {
    #[inline]
    pub(super) fn new(held: Held<'s, P>) -> Self {
        Self { held }
    }

    /// The edge that was taken; none if nothing came in time.
    #[doc(hidden)]
    pub fn at(&self) -> Option<u16> {
        match &self.held.seat.what {
            What::One(at, ..) | What::All(at, _) => u16::try_from(*at).ok(),
            What::Late | What::Nothing => None,
        }
    }

    /// The payload and the next state, as `make` puts them together.
    #[doc(hidden)]
    pub fn one<L, N, T>(self, make: fn(L::Payload, N) -> T) -> Result<T, SessionError>
    where
        L: Label<Of = P>,
        N: Position<'s, P>,
    {
        match self.held.seat.take_one().and_then(L::open) {
            Some(payload) => Ok(make(payload, N::place(self.held))),
            None => Err(SessionError::Table("such label")),
        }
    }

    /// The next state, after a message without payload.
    #[doc(hidden)]
    pub fn bare<N: Position<'s, P>, T>(self, make: fn(N) -> T) -> Result<T, SessionError> {
        match self.held.seat.take_one() {
            Some(_) => Ok(make(N::place(self.held))),
            None => Err(SessionError::Table("such message")),
        }
    }

    /// The answers of the family `Q` and the next state.
    #[doc(hidden)]
    pub fn all<Q, A, N, T>(
        self,
        open: fn(P::Message) -> Option<A>,
        make: fn(Answers<Q, A>, N) -> T,
    ) -> Result<T, SessionError>
    where
        N: Position<'s, P>,
    {
        let What::All(_, messages) = mem::replace(&mut self.held.seat.what, What::Nothing) else {
            return Err(SessionError::Table("such answers"));
        };
        let mut answers = BTreeMap::new();
        for (member, message) in messages {
            let answer = open(message).ok_or(SessionError::Table("such answer"))?;
            answers.insert(member, answer);
        }
        Ok(make(Answers::new(answers), N::place(self.held)))
    }

    /// Keeps a copy of the payload for later steps.
    #[doc(hidden)]
    pub fn keep<T: Send + Sync + 'static>(&mut self, slot: u16, peek: Peek<P, T>) {
        if let What::One(_, _, Some(letter)) = &self.held.seat.what
            && let Some(payload) = letter.message().and_then(peek)
        {
            self.held.keep(slot, payload);
        }
    }

    /// Keeps it as the answer of one among the members of `Q`.
    #[doc(hidden)]
    pub fn keep_among<Q: 'static, T: Send + Sync + 'static>(
        &mut self,
        slot: u16,
        peek: Peek<P, T>,
    ) {
        if let What::One(_, member, Some(letter)) = &self.held.seat.what
            && let Some(payload) = letter.message().and_then(peek)
        {
            let member = u32::try_from(*member).unwrap_or(u32::MAX);
            let only = BTreeMap::from([(member, payload)]);
            self.held.keep(slot, Answers::<Q, T>::new(only));
        }
    }

    /// Keeps a copy of the answers that carry a label for later steps.
    #[doc(hidden)]
    pub fn keep_all<Q: 'static, T: Send + Sync + 'static>(&mut self, slot: u16, peek: Peek<P, T>) {
        if let What::All(_, messages) = &self.held.seat.what {
            let of_label = messages
                .iter()
                .filter_map(|(member, message)| Some((*member, peek(message)?)));
            let kept = Answers::<Q, T>::new(of_label.collect());
            self.held.keep(slot, kept);
        }
    }

    /// The state behind a timer that has fired.
    #[doc(hidden)]
    pub fn late<N: Position<'s, P>, T>(self, make: fn(N) -> T) -> Result<T, SessionError> {
        match self.held.seat.what {
            What::Late => Ok(make(N::place(self.held))),
            _ => Err(SessionError::Table("such timer")),
        }
    }
}
