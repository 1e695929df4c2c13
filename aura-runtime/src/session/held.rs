//! What the runtime holds at a typed state, and the steps that lead from it.
//!
//! Generated code wraps a [`Held`] in a struct with a private field and calls these methods; they are
//! public for it alone. A `Held` comes only from a [`Session`](super::Session), and each step is
//! looked up in the tables, so nobody can step without a session or where the local type does not
//! allow it.

use std::{marker::PhantomData, sync::Arc};

use super::{
    Label, LocalError, Member, Position, Receiving, Refused, Role, Sending, SessionError, Taken,
    Threads, Unsent, seat::Seat, send::Fail, step::Work,
};
use crate::{
    guard::Refusal,
    machine::{Action, StateId},
};

/// A state, as the runtime sees it.
pub struct Held<'s, R: Role> {
    pub(super) seat: &'s mut Seat<R::Of>,
    role: PhantomData<fn() -> R>,
}

impl<R: Role> std::fmt::Debug for Held<'_, R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Held").field(&self.seat).finish()
    }
}

impl<'s, R: Role> Held<'s, R> {
    pub(super) fn enter(seat: &'s mut Seat<R::Of>) -> Self {
        Self {
            seat,
            role: PhantomData,
        }
    }

    /// Where the run stands.
    #[doc(hidden)]
    pub fn state(&self) -> StateId {
        self.seat.walk.state()
    }

    /// The member that step `at` speaks with, where it is one of a family.
    #[doc(hidden)]
    pub fn peer<Q>(&self, at: u16) -> Option<Member<Q>> {
        let action = self.seat.walk.edge(at)?.action;
        let (Action::Send { to: peer, .. } | Action::Receive { from: peer, .. }) = action else {
            return None;
        };
        let (member, _) = self.seat.walk.reach(peer).next()?;
        Some(Member::new(member))
    }

    /// Sends on edge `at`: permit, guard chain, ledger, channel. `K` is this state, `N` the next.
    #[doc(hidden)]
    pub fn send<L, K, N>(self, at: u16, payload: L::Payload) -> Sending<'s, R, L, K, N>
    where
        L: Label<Of = R::Of>,
    {
        let letter = self.seat.write(L::wrap(payload));
        Sending {
            work: Work::Own(Some((self, at, letter))),
            kind: PhantomData,
        }
    }

    /// As [`Self::send`]; a copy of what was sent is kept for later steps.
    #[doc(hidden)]
    pub async fn send_kept<L, K, N>(
        self,
        at: u16,
        slot: u16,
        payload: L::Payload,
    ) -> Result<N, Unsent<K, L::Payload>>
    where
        L: Label<Of = R::Of>,
        L::Payload: Clone + Sync,
        K: Position<'s, Role = R>,
        N: Position<'s, Role = R>,
    {
        let copy = payload.clone();
        let sent = self.seat.send(at, Some(L::wrap(payload))).await;
        if sent.is_ok() {
            self.seat.known.insert(slot, Arc::new(copy));
        }
        self.sent::<L, K, N>(sent)
    }

    /// As [`Self::broadcast`]; a copy of what was sent is kept for later steps.
    #[doc(hidden)]
    pub async fn broadcast_kept<L, K, N>(
        self,
        at: u16,
        slot: u16,
        payload: L::Payload,
    ) -> Result<N, Unsent<K, L::Payload>>
    where
        L: Label<Of = R::Of>,
        L::Payload: Clone + Sync,
        K: Position<'s, Role = R>,
        N: Position<'s, Role = R>,
    {
        let copy = payload.clone();
        let message = L::wrap(payload);
        let sent = self
            .seat
            .broadcast(at, message, |message| {
                L::peek(message).cloned().map(L::wrap)
            })
            .await;
        if sent.is_ok() {
            self.seat.known.insert(slot, Arc::new(copy));
        }
        self.sent::<L, K, N>(sent)
    }

    /// Sends a copy to each member of a family on edge `at`, all or none.
    #[doc(hidden)]
    pub async fn broadcast<L, K, N>(
        self,
        at: u16,
        payload: L::Payload,
    ) -> Result<N, Unsent<K, L::Payload>>
    where
        L: Label<Of = R::Of>,
        L::Payload: Clone,
        K: Position<'s, Role = R>,
        N: Position<'s, Role = R>,
    {
        let message = L::wrap(payload);
        let sent = self
            .seat
            .broadcast(at, message, |message| {
                L::peek(message).cloned().map(L::wrap)
            })
            .await;
        self.sent::<L, K, N>(sent)
    }

    /// Says on edge `at` that the answer will not come.
    #[doc(hidden)]
    pub async fn abstain<K, N>(self, at: u16) -> Result<N, Unsent<K, ()>>
    where
        K: Position<'s, Role = R>,
        N: Position<'s, Role = R>,
    {
        match self.seat.send(at, None).await {
            Ok(()) => Ok(N::place(self)),
            Err(Fail::Refused(_, reason)) => Err(refused(self, (), *reason)),
            Err(Fail::Fatal(error)) => Err(Unsent::from(error)),
        }
    }

    pub(super) fn sent<L, K, N>(
        self,
        sent: Result<(), Fail<R::Of>>,
    ) -> Result<N, Unsent<K, L::Payload>>
    where
        L: Label<Of = R::Of>,
        K: Position<'s, Role = R>,
        N: Position<'s, Role = R>,
    {
        match sent {
            Ok(()) => Ok(N::place(self)),
            Err(Fail::Refused(message, reason)) => {
                let message = message.and_then(|message| L::unwrap(message).ok());
                Err(match message {
                    Some(message) => refused(self, message, *reason),
                    None => SessionError::Table("message in a refusal").into(),
                })
            }
            Err(Fail::Fatal(error)) => Err(Unsent::from(error)),
        }
    }

    /// A step that nobody else sees, on edge `at`.
    #[doc(hidden)]
    pub fn step<N: Position<'s, Role = R>>(self, at: u16) -> N {
        if let Some(edge) = self.seat.walk.edge(at)
            && matches!(edge.action, Action::Local)
        {
            self.seat.go(edge.to);
        }
        N::place(self)
    }

    /// Waits for what the state listens to.
    #[doc(hidden)]
    pub fn receive<T>(
        self,
        make: fn(Taken<'s, R>) -> Result<T, SessionError>,
    ) -> Receiving<'s, R, T> {
        Receiving {
            held: Some(self),
            make,
        }
    }

    /// Starts the threads of edge `at`; whether they did not run already.
    #[doc(hidden)]
    pub fn fork(&mut self, at: u16) -> Result<bool, SessionError> {
        self.seat.fork(at)
    }

    /// The threads of edge `at`.
    #[doc(hidden)]
    pub fn threads(&mut self, at: u16) -> Result<Threads<'_, R::Of>, SessionError> {
        self.seat.threads(at)
    }

    /// Goes on behind the fork of edge `at`.
    #[doc(hidden)]
    pub fn join<N: Position<'s, Role = R>>(self, at: u16) -> Result<N, SessionError> {
        self.seat.join(at)?;
        Ok(N::place(self))
    }

    /// A value that was kept.
    #[doc(hidden)]
    pub fn known<T: Send + Sync + 'static>(&self, slot: u16) -> Result<Arc<T>, SessionError> {
        let value = self.seat.known.get(&slot).cloned();
        value
            .and_then(|value| value.downcast().ok())
            .ok_or(SessionError::Table("value that this step reads"))
    }

    /// Keeps a value for later steps.
    #[doc(hidden)]
    pub fn keep<T: Send + Sync + 'static>(&mut self, slot: u16, value: T) {
        self.seat.known.insert(slot, Arc::new(value));
    }

    /// A branch whose condition is false: the state again.
    #[doc(hidden)]
    pub fn closed<K, M>(self, message: M, branch: &'static str) -> Unsent<K, M>
    where
        K: Position<'s, Role = R>,
    {
        refused(self, message, Refusal::BranchClosed { branch })
    }

    /// A local step that failed: the state again.
    #[doc(hidden)]
    pub fn failed<K: Position<'s, Role = R>>(self, error: LocalError) -> Unsent<K, LocalError> {
        let reason = Refusal::LocalStep {
            cause: error.to_string(),
        };
        refused(self, error, reason)
    }
}

fn refused<'s, R, K, M>(held: Held<'s, R>, message: M, reason: Refusal) -> Unsent<K, M>
where
    R: Role,
    K: Position<'s, Role = R>,
{
    Unsent::Refused(Box::new(Refused {
        state: K::place(held),
        message,
        reason,
    }))
}
