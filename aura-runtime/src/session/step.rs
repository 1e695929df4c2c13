//! The futures of a step: a send, and waiting for what a state listens to.
//!
//! They are named types, not `async` functions, because generated code has one for each state, and
//! what is compiled for each state is what its user's compiler spends: here it is the last few lines,
//! in which the next state is made. Everything before them is compiled once for each protocol. A send
//! that has to wait for nothing is done in the first poll and allocates nothing. Dropped before it is
//! polled, a step has done nothing at all.

use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use super::{
    Choreography, Held, Label, Position, Refused, SessionError, Taken, Unsent, near::Near,
    seal::Letter, send::Fail,
};
use crate::guard::Refusal;

/// What makes another copy of a message, for another member of a family.
pub(super) type Again<P> =
    fn(&<P as Choreography>::Message) -> Option<<P as Choreography>::Message>;

/// A label, the state that it is sent in, and the next one.
type Kind<L, K, N> = PhantomData<fn() -> (L, K, N)>;

/// A send on its way through the guard chain; it gives the next state `N`, or says why not, with the
/// state `K` and what label `L` carries again.
#[must_use = "nothing is sent before this is awaited"]
pub struct Sending<'s, P: Choreography, L, K, N> {
    pub(super) work: Work<'s, P>,
    pub(super) kind: Kind<L, K, N>,
}

/// The end of a send: the state has moved, or the message is handed back, or all is over.
pub(super) enum Sent<'s, P: Choreography> {
    Moved(Held<'s, P>),
    Refused(Held<'s, P>, P::Message, Box<Refusal>),
    Fatal(SessionError),
}

impl<'s, P: Choreography> Sent<'s, P> {
    pub(super) fn new(held: Held<'s, P>, result: Result<(), Fail<P>>) -> Self {
        match result {
            Ok(()) => Self::Moved(held),
            Err(Fail::Refused(Some(message), reason)) => Self::Refused(held, message, reason),
            Err(Fail::Refused(None, _)) => Self::Fatal(SessionError::Table("message in a refusal")),
            Err(Fail::Fatal(error)) => Self::Fatal(error),
        }
    }

    /// As states: all that is compiled for each of them.
    pub(super) fn typed<L, K, N>(self) -> Result<N, Unsent<K, L::Payload>>
    where
        L: Label<Of = P>,
        K: Position<'s, P>,
        N: Position<'s, P>,
    {
        match self {
            Self::Moved(held) => Ok(N::place(held)),
            Self::Fatal(error) => Err(Unsent::Fatal(Box::new(error))),
            Self::Refused(held, message, reason) => Err(match L::open(message) {
                None => Unsent::Fatal(Box::new(SessionError::Table("such label in this step"))),
                Some(message) => Unsent::Refused(Box::new(Refused {
                    state: K::place(held),
                    message,
                    reason: *reason,
                })),
            }),
        }
    }
}

pub(super) enum Work<'s, P: Choreography> {
    /// Nothing has been done yet, or all is done.
    Own(Option<(Held<'s, P>, u16, Letter<P>)>),
    /// Something has to be waited for, or told: room, the journal, a connection, a refusal.
    Whole(Pin<Box<dyn Future<Output = Sent<'s, P>> + Send + 's>>),
}

/// The same for every state of a protocol.
impl<'s, P: Choreography> Work<'s, P> {
    /// Takes the shortcut, if there is one.
    #[inline]
    fn begin(&mut self) -> Option<Held<'s, P>> {
        let Self::Own(own) = self else {
            return None;
        };
        let (held, at, letter) = own.take()?;
        match held.seat.send_near(at, letter) {
            Ok(()) => Some(held),
            Err(letter) => {
                *self = Self::whole(held, at, letter);
                None
            }
        }
    }

    #[cold]
    fn whole(held: Held<'s, P>, at: u16, letter: Letter<P>) -> Self {
        Self::Whole(Box::pin(async move {
            let result = match held.seat.read(letter) {
                Some(message) => held.seat.send(at, Some(message)).await,
                None => Err(SessionError::Table("such message").into()),
            };
            Sent::new(held, result)
        }))
    }

    #[cold]
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Sent<'s, P>> {
        match self {
            Self::Whole(future) => future.as_mut().poll(context),
            Self::Own(_) => Poll::Pending,
        }
    }
}

impl<'s, P, L, K, N> Future for Sending<'s, P, L, K, N>
where
    P: Choreography,
    L: Label<Of = P>,
    K: Position<'s, P>,
    N: Position<'s, P>,
{
    type Output = Result<N, Unsent<K, L::Payload>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        if let Some(held) = this.work.begin() {
            return Poll::Ready(Ok(N::place(held)));
        }
        match this.work.poll(context) {
            Poll::Pending => Poll::Pending,
            Poll::Ready(sent) => Poll::Ready(sent.typed::<L, K, N>()),
        }
    }
}

impl<P: Choreography, L, K, N> fmt::Debug for Sending<'_, P, L, K, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").finish_non_exhaustive()
    }
}

/// The state, once something has come; the seat has it in hand.
fn poll_came<'s, P: Choreography>(
    own: &mut Option<Held<'s, P>>,
    context: &mut Context<'_>,
) -> Poll<Result<Held<'s, P>, Box<SessionError>>> {
    let Some(held) = own else {
        return Poll::Pending;
    };
    let came = match held.seat.poll_near(context) {
        Near::Came => Ok(()),
        Near::Waits => {
            held.seat.trace_waiting();
            return Poll::Pending;
        }
        Near::Whole => ready!(poll_whole(held, context)),
    };
    match (own.take(), came) {
        (Some(held), Ok(())) => Poll::Ready(Ok(held)),
        (_, Err(error)) => Poll::Ready(Err(error)),
        (None, Ok(())) => Poll::Pending,
    }
}

/// The whole look, and what is traced of it.
#[cold]
fn poll_whole<P: Choreography>(
    held: &mut Held<'_, P>,
    context: &mut Context<'_>,
) -> Poll<Result<(), Box<SessionError>>> {
    match held.seat.poll_take(context) {
        Poll::Pending => {
            held.seat.trace_waiting();
            Poll::Pending
        }
        Poll::Ready(Ok(what)) => {
            held.seat.what = what;
            Poll::Ready(Ok(()))
        }
        Poll::Ready(Err(error)) => {
            held.seat.trace_not_received(&error);
            Poll::Ready(Err(Box::new(error)))
        }
    }
}

/// Waiting for the one message that the state listens to; it gives what label `L` carries, and the
/// next state `N`.
#[must_use = "nothing is received before this is awaited"]
pub struct Receiving<'s, P: Choreography, L, N> {
    pub(super) held: Option<Held<'s, P>>,
    pub(super) kind: PhantomData<fn() -> (L, N)>,
}

impl<'s, P, L, N> Future for Receiving<'s, P, L, N>
where
    P: Choreography,
    L: Label<Of = P>,
    N: Position<'s, P>,
{
    type Output = Result<(L::Payload, N), SessionError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match ready!(poll_came(&mut self.get_mut().held, context)) {
            Err(error) => Err(*error),
            Ok(held) => match held.seat.take_one().and_then(L::open) {
                Some(payload) => Ok((payload, N::place(held))),
                None => Err(SessionError::Table("such label")),
            },
        })
    }
}

impl<P: Choreography, L, N> fmt::Debug for Receiving<'_, P, L, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiving").finish_non_exhaustive()
    }
}

/// Waiting for the one message that the state listens to, which carries nothing; it gives the next
/// state `N`.
#[must_use = "nothing is received before this is awaited"]
pub struct Hearing<'s, P: Choreography, N> {
    pub(super) held: Option<Held<'s, P>>,
    pub(super) kind: PhantomData<fn() -> N>,
}

impl<'s, P: Choreography, N: Position<'s, P>> Future for Hearing<'s, P, N> {
    type Output = Result<N, SessionError>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match ready!(poll_came(&mut self.get_mut().held, context)) {
            Err(error) => Err(*error),
            Ok(held) => match held.seat.take_one() {
                Some(_) => Ok(N::place(held)),
                None => Err(SessionError::Table("such message")),
            },
        })
    }
}

impl<P: Choreography, N> fmt::Debug for Hearing<'_, P, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hearing").finish_non_exhaustive()
    }
}

/// Waiting for one of several things that the state listens to; it gives which one it was, and the
/// state that this leads to.
#[must_use = "nothing is received before this is awaited"]
pub struct Branching<'s, P: Choreography, T> {
    pub(super) held: Option<Held<'s, P>>,
    pub(super) make: fn(Taken<'s, P>) -> Result<T, SessionError>,
}

impl<P: Choreography, T> Future for Branching<'_, P, T> {
    type Output = Result<T, SessionError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        Poll::Ready(match ready!(poll_came(&mut this.held, context)) {
            Err(error) => Err(*error),
            Ok(held) => (this.make)(Taken::new(held)),
        })
    }
}

impl<P: Choreography, T> fmt::Debug for Branching<'_, P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Branching").finish_non_exhaustive()
    }
}
