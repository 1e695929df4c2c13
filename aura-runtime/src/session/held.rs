//! What the runtime holds at a typed state, and the steps that lead from it.
//!
//! A [`Held`] is a rumpsteak state and the session's desk. Generated code wraps it in a struct with a
//! private field and calls these methods; they are public for it alone. A `Held` comes only from a
//! [`Session`](super::Session), so nobody can step without one.

use rumpsteak::{Branch, State};

use super::{
    Choreography, Label, Position, Role, SessionError, Unsent,
    desk::{Desk, Peer},
    party::{Party, Taken, state},
    seal::Parcel,
    send::{self, Plan},
};
use crate::machine::MessageId;

/// A state, as the runtime sees it.
pub struct Held<'s, R: Role> {
    pub(super) state: State<'s, Party<R>>,
    pub(super) desk: &'s mut Desk<R::Of>,
}

/// A message that has arrived, and the state to go on from.
pub struct Arrival<'s, R: Role> {
    held: Held<'s, R>,
    message: <R::Of as Choreography>::Message,
    from: &'static str,
}

impl<'s, R: Role> Held<'s, R> {
    pub(super) fn enter(party: &'s mut Party<R>, desk: &'s mut Desk<R::Of>) -> Self {
        Self {
            state: state(party),
            desk,
        }
    }

    /// Sends `payload` as `message` of the tables to the role `To`: permit, guard chain, ledger,
    /// channel. `K` is this state, `N` the next.
    #[doc(hidden)]
    pub async fn send<L, To, K, N>(
        self,
        message: MessageId,
        payload: L::Payload,
    ) -> Result<N, Unsent<K, L::Payload>>
    where
        L: Label<Of = R::Of>,
        To: Role<Of = R::Of>,
        K: Position<'s, Role = R>,
        N: Position<'s, Role = R>,
    {
        let Some(plan) = Plan::of::<L, To>(self.desk, message) else {
            return Err(Unsent::Fatal(SessionError::Table("such message")));
        };
        send::send::<L, To, R, N>(self, plan, payload)
            .await
            .map(N::place)
            .map_err(send::Stop::at::<K>)
    }

    /// A step that nobody else sees: a decision without a message.
    #[doc(hidden)]
    pub fn step<N: Position<'s, Role = R>>(self) -> N {
        self.desk.advance(N::STATE);
        N::place(self)
    }

    /// Waits for the next message of the role `From`.
    #[doc(hidden)]
    pub async fn receive<From>(self) -> Result<Arrival<'s, R>, SessionError>
    where
        From: Role<Of = R::Of>,
    {
        let from = R::Of::protocol().role_name(From::ROLE);
        let Self { state, desk } = self;
        match desk.peer(From::ROLE) {
            Some((_, Peer::Here { .. })) => {
                let (state, message) = receive_here::<R, From>(state, desk, from).await?;
                Ok(Arrival {
                    held: Self { state, desk },
                    message,
                    from,
                })
            }
            Some((seat, Peer::There)) => {
                let port = desk.port().ok_or(SessionError::Table("endpoint"))?;
                let delivery = port.deliver(seat, from, R::Of::decode).await?;
                Ok(Arrival {
                    held: Self { state, desk },
                    message: delivery.content,
                    from,
                })
            }
            Some((_, Peer::Me)) | None => Err(SessionError::Table("such sender")),
        }
    }
}

impl<R: Role> std::fmt::Debug for Held<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Held")
            .field("desk", &self.desk)
            .finish_non_exhaustive()
    }
}

async fn receive_here<'s, R: Role, From: Role<Of = R::Of>>(
    mut state: State<'s, Party<R>>,
    desk: &mut Desk<R::Of>,
    role: &'static str,
) -> Result<(State<'s, Party<R>>, <R::Of as Choreography>::Message), SessionError> {
    loop {
        // A parcel taken by a future that was dropped before its seal broke comes first.
        if let Some(sealed) = desk.sealed.clone() {
            let opened = sealed.open().await;
            desk.sealed = None;
            match opened {
                Some(message) => return Ok((state, message)),
                None => continue,
            }
        }
        let branch: Branch<'s, Party<R>, Party<From>, Taken<'s, R>> = state.into_session();
        let taken = branch
            .branch()
            .await
            .map_err(|_| SessionError::PeerLost { role })?;
        if let Some((_, Peer::Here { incoming, .. })) = desk.peer(From::ROLE) {
            incoming.give();
        }
        state = taken.state;
        match taken.parcel {
            Parcel::Open(message, _) => return Ok((state, message)),
            Parcel::Sealed(sealed) => desk.sealed = Some(sealed),
        }
    }
}

impl<'s, R: Role> Arrival<'s, R> {
    /// The payload and the next state, where one label alone may come.
    #[doc(hidden)]
    pub fn only<L, N>(self) -> Result<(L::Payload, N), SessionError>
    where
        L: Label<Of = R::Of>,
        N: Position<'s, Role = R>,
    {
        self.is::<L, N>().map_err(Self::unexpected)
    }

    /// The payload and the next state, if the message carries this label; else the arrival again.
    #[doc(hidden)]
    pub fn is<L, N>(self) -> Result<(L::Payload, N), Self>
    where
        L: Label<Of = R::Of>,
        N: Position<'s, Role = R>,
    {
        let Self {
            held,
            message,
            from,
        } = self;
        match L::unwrap(message) {
            Ok(payload) => {
                held.desk.advance(N::STATE);
                tracing::trace!(
                    target: "aura",
                    role = R::Of::protocol().role_name(R::ROLE),
                    peer = from,
                    label = R::Of::protocol().label_name(L::LABEL),
                    "received"
                );
                Ok((payload, N::place(held)))
            }
            Err(message) => Err(Self {
                held,
                message,
                from,
            }),
        }
    }

    /// What to say when no label of the state fits.
    #[doc(hidden)]
    pub fn unexpected(self) -> SessionError {
        SessionError::Unexpected {
            state: self.held.desk.state(),
            from: self.from,
        }
    }
}
