//! What has come, and the state to go on from: generated code makes a typed value of it.

use std::{collections::BTreeMap, fmt};

use super::{Answers, Choreography, Held, Label, Position, Role, SessionError, take::What};

/// What has come. The run has moved already.
pub struct Taken<'s, R: Role> {
    held: Held<'s, R>,
    what: What<R::Of>,
}

impl<R: Role> fmt::Debug for Taken<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Taken").field("at", &self.at()).finish()
    }
}

type Message<R> = <<R as Role>::Of as Choreography>::Message;

impl<'s, R: Role> Taken<'s, R> {
    pub(super) fn new(held: Held<'s, R>, what: What<R::Of>) -> Self {
        Self { held, what }
    }

    /// The edge that was taken; none if nothing came in time.
    #[doc(hidden)]
    pub fn at(&self) -> Option<u16> {
        match &self.what {
            What::One(at, ..) | What::All(at, _) => u16::try_from(*at).ok(),
            What::Late => None,
        }
    }

    /// The payload and the next state.
    #[doc(hidden)]
    pub fn one<L, N>(self) -> Result<(L::Payload, N), SessionError>
    where
        L: Label<Of = R::Of>,
        N: Position<'s, Role = R>,
    {
        // Written out: a closure here would be compiled again for each state.
        let What::One(_, _, letter) = self.what else {
            return Err(SessionError::Table("such message"));
        };
        match self.held.seat.read(letter).map(L::unwrap) {
            Some(Ok(payload)) => Ok((payload, N::place(self.held))),
            _ => Err(SessionError::Table("such label")),
        }
    }

    /// The next state, after a message without payload.
    #[doc(hidden)]
    pub fn bare<L, N>(self) -> Result<N, SessionError>
    where
        L: Label<Of = R::Of, Payload = ()>,
        N: Position<'s, Role = R>,
    {
        match self.one::<L, N>() {
            Ok(((), next)) => Ok(next),
            Err(error) => Err(error),
        }
    }

    /// The answers of the family `Q` and the next state.
    #[doc(hidden)]
    pub fn all<Q, T, N>(
        self,
        content: fn(Message<R>) -> Result<T, Message<R>>,
    ) -> Result<(Answers<Q, T>, N), SessionError>
    where
        N: Position<'s, Role = R>,
    {
        let What::All(_, messages) = self.what else {
            return Err(SessionError::Table("such answers"));
        };
        let mut answers = BTreeMap::new();
        for (member, message) in messages {
            let answer = content(message).map_err(|_| SessionError::Table("such answer"))?;
            answers.insert(member, answer);
        }
        Ok((Answers::new(answers), N::place(self.held)))
    }

    /// Keeps a copy of the payload for later steps.
    #[doc(hidden)]
    pub fn keep<L>(&mut self, slot: u16)
    where
        L: Label<Of = R::Of>,
        L::Payload: Clone + Sync,
    {
        if let What::One(_, _, letter) = &self.what
            && let Some(payload) = letter.message().and_then(L::peek)
        {
            self.held.keep(slot, payload.clone());
        }
    }

    /// Keeps it as the answer of one among the members of `Q`.
    #[doc(hidden)]
    pub fn keep_among<Q, L>(&mut self, slot: u16)
    where
        Q: 'static,
        L: Label<Of = R::Of>,
        L::Payload: Clone + Sync,
    {
        if let What::One(_, member, letter) = &self.what
            && let Some(payload) = letter.message().and_then(L::peek)
        {
            let member = u32::try_from(*member).unwrap_or(u32::MAX);
            let only = BTreeMap::from([(member, payload.clone())]);
            self.held.keep(slot, Answers::<Q, L::Payload>::new(only));
        }
    }

    /// Keeps a copy of the answers that carry a label for later steps.
    #[doc(hidden)]
    pub fn keep_all<Q, L>(&mut self, slot: u16)
    where
        Q: 'static,
        L: Label<Of = R::Of>,
        L::Payload: Clone + Sync,
    {
        if let What::All(_, messages) = &self.what {
            let of_label = messages
                .iter()
                .filter_map(|(member, message)| Some((*member, L::peek(message)?.clone())));
            let kept = Answers::<Q, L::Payload>::new(of_label.collect());
            self.held.keep(slot, kept);
        }
    }

    /// The state behind a timer that has fired.
    #[doc(hidden)]
    pub fn late<N: Position<'s, Role = R>>(self) -> Result<N, SessionError> {
        match self.what {
            What::Late => Ok(N::place(self.held)),
            _ => Err(SessionError::Table("such timer")),
        }
    }
}
