//! The futures of a step: a send, and waiting for what a state listens to.
//!
//! They are named types, not `async` functions, because generated code has one for each state: what
//! differs from state to state is a few lines at the end, and everything before them is compiled
//! once for each role. A send that has to wait for nothing is done in the first poll and allocates
//! nothing. Dropped before it is polled, a step has done nothing at all.

use std::{
    fmt,
    future::Future,
    marker::PhantomData,
    pin::Pin,
    task::{Context, Poll, ready},
};

use super::{Held, Label, Position, Role, SessionError, Taken, Unsent, seal::Letter, send::Fail};

/// A send on its way through the guard chain; it gives the next state, or says why not.
#[must_use = "nothing is sent before this is awaited"]
pub struct Sending<'s, R: Role, L, K, N> {
    pub(super) work: Work<'s, R>,
    pub(super) kind: Kind<L, K, N>,
}

/// A label, the state that it is sent in, and the next one.
type Kind<L, K, N> = PhantomData<fn() -> (L, K, N)>;
type Sent<'s, R> = (Held<'s, R>, Result<(), Fail<<R as Role>::Of>>);

pub(super) enum Work<'s, R: Role> {
    /// Nothing has been done yet, or all is done.
    Own(Option<(Held<'s, R>, u16, Letter<R::Of>)>),
    /// Something has to be waited for, or told: room, the journal, a connection, a refusal.
    Whole(Pin<Box<dyn Future<Output = Sent<'s, R>> + Send + 's>>),
}

/// The same for every state of a role.
impl<'s, R: Role> Work<'s, R> {
    /// Takes the shortcut, if there is one.
    #[inline]
    fn begin(&mut self) -> Option<Held<'s, R>> {
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
    fn whole(held: Held<'s, R>, at: u16, letter: Letter<R::Of>) -> Self {
        Self::Whole(Box::pin(async move {
            let result = match held.seat.read(letter) {
                Some(message) => held.seat.send(at, Some(message)).await,
                None => Err(SessionError::Table("such message").into()),
            };
            (held, result)
        }))
    }

    #[cold]
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Sent<'s, R>> {
        match self {
            Self::Whole(future) => future.as_mut().poll(context),
            Self::Own(_) => Poll::Pending,
        }
    }
}

impl<R: Role, L, K, N> Unpin for Sending<'_, R, L, K, N> {}

impl<'s, R, L, K, N> Future for Sending<'s, R, L, K, N>
where
    R: Role,
    L: Label<Of = R::Of>,
    K: Position<'s, Role = R>,
    N: Position<'s, Role = R>,
{
    type Output = Result<N, Unsent<K, L::Payload>>;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let Some(held) = self.work.begin() {
            return Poll::Ready(Ok(N::place(held)));
        }
        let (held, result) = ready!(self.work.poll(context));
        Poll::Ready(held.sent::<L, K, N>(result))
    }
}

impl<R: Role, L, K, N> fmt::Debug for Sending<'_, R, L, K, N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sending").finish_non_exhaustive()
    }
}

/// Waiting for what a state listens to; it gives what has come, and the next state.
#[must_use = "nothing is received before this is awaited"]
pub struct Receiving<'s, R: Role, T> {
    pub(super) held: Option<Held<'s, R>>,
    pub(super) make: fn(Taken<'s, R>) -> Result<T, SessionError>,
}

/// The same for every state of a role.
#[inline]
fn poll_taken<'s, R: Role>(
    own: &mut Option<Held<'s, R>>,
    context: &mut Context<'_>,
) -> Poll<Result<Taken<'s, R>, SessionError>> {
    let Some(held) = own else {
        return Poll::Pending;
    };
    let polled = match held.seat.poll_near(context) {
        Some(near) => near.map(Ok),
        None => held.seat.poll_take(context),
    };
    let Poll::Ready(what) = polled else {
        held.seat.trace_waiting();
        return Poll::Pending;
    };
    if let Err(error) = &what {
        held.seat.trace_not_received(error);
    }
    let Some(held) = own.take() else {
        return Poll::Pending;
    };
    Poll::Ready(what.map(|what| Taken::new(held, what)))
}

impl<R: Role, T> Unpin for Receiving<'_, R, T> {}

impl<R: Role, T> Future for Receiving<'_, R, T> {
    type Output = Result<T, SessionError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match ready!(poll_taken(&mut self.held, context)) {
            Ok(taken) => (self.make)(taken),
            Err(error) => Err(error),
        })
    }
}

impl<R: Role, T> fmt::Debug for Receiving<'_, R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiving").finish_non_exhaustive()
    }
}
