//! What the runtime holds at a typed state, and the steps that lead from it.
//!
//! Generated code wraps a [`Held`] in a struct with a private field and calls these methods; they are
//! public for it alone. A `Held` comes only from a [`Session`](super::Session), and each step is
//! looked up in the tables, so nobody can step without a session or where the local type does not
//! allow it.

use std::{marker::PhantomData, sync::Arc};

use super::{
    Branching, Choreography, Hearing, Label, LocalError, Member, Position, Receiving, Refused,
    Sending, SessionError, Taken, Threads, Unsent,
    seat::Seat,
    send::Fail,
    step::{Again, Sent, Work},
};
use crate::{
    guard::Refusal,
    machine::{Action, StateId},
};

/// A state, as the runtime sees it.
pub struct Held<'s, P: Choreography> {
    pub(super) seat: &'s mut Seat<P>,
}

impl<P: Choreography> std::fmt::Debug for Held<'_, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Held").field(&self.seat).finish()
    }
}

impl<'s, P: Choreography> Held<'s, P> {
    pub(super) fn enter(seat: &'s mut Seat<P>) -> Self {
        Self { seat }
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
    #[inline]
    pub fn send<L, K, N>(self, at: u16, message: P::Message) -> Sending<'s, P, L, K, N> {
        let letter = self.seat.write(message);
        Sending {
            work: Work::Own(Some((self, at, letter))),
            kind: PhantomData,
        }
    }

    /// As [`Self::send`]; a copy of what was sent is kept for later steps.
    #[doc(hidden)]
    pub async fn send_kept<L, K, N>(
        self,
        (at, slot): (u16, u16),
        copy: L::Payload,
        message: P::Message,
    ) -> Result<N, Unsent<K, L::Payload>>
    where
        L: Label<Of = P>,
        L::Payload: Sync,
        K: Position<'s, P>,
        N: Position<'s, P>,
    {
        let sent = self.seat.send(at, Some(message)).await;
        if sent.is_ok() {
            self.seat.known.insert(slot, Arc::new(copy));
        }
        Sent::new(self, sent).typed::<L, K, N>()
    }

    /// Sends a copy to each member of a family on edge `at`, all or none.
    #[doc(hidden)]
    pub async fn broadcast<L, K, N>(
        self,
        at: u16,
        message: P::Message,
        again: Again<P>,
    ) -> Result<N, Unsent<K, L::Payload>>
    where
        L: Label<Of = P>,
        K: Position<'s, P>,
        N: Position<'s, P>,
    {
        let sent = self.seat.broadcast(at, message, again).await;
        Sent::new(self, sent).typed::<L, K, N>()
    }

    /// As [`Self::broadcast`]; a copy of what was sent is kept for later steps.
    #[doc(hidden)]
    pub async fn broadcast_kept<L, K, N>(
        self,
        (at, slot): (u16, u16),
        copy: L::Payload,
        message: P::Message,
        again: Again<P>,
    ) -> Result<N, Unsent<K, L::Payload>>
    where
        L: Label<Of = P>,
        L::Payload: Sync,
        K: Position<'s, P>,
        N: Position<'s, P>,
    {
        let sent = self.seat.broadcast(at, message, again).await;
        if sent.is_ok() {
            self.seat.known.insert(slot, Arc::new(copy));
        }
        Sent::new(self, sent).typed::<L, K, N>()
    }

    /// Says on edge `at` that the answer will not come.
    #[doc(hidden)]
    pub async fn abstain<K, N>(self, at: u16) -> Result<N, Unsent<K, ()>>
    where
        K: Position<'s, P>,
        N: Position<'s, P>,
    {
        match self.seat.send(at, None).await {
            Ok(()) => Ok(N::place(self)),
            Err(Fail::Refused(_, reason)) => Err(refused(self, (), *reason)),
            Err(Fail::Fatal(error)) => Err(Unsent::from(error)),
        }
    }

    /// A step that nobody else sees, on edge `at`.
    #[doc(hidden)]
    pub fn step<N: Position<'s, P>>(self, at: u16) -> N {
        if let Some(edge) = self.seat.walk.edge(at)
            && matches!(edge.action, Action::Local)
        {
            self.seat.trace_own("step", "taken");
            self.seat.go(edge.to);
        }
        N::place(self)
    }

    /// Waits for the one message that the state listens to.
    #[doc(hidden)]
    #[inline]
    pub fn receive<L, N>(self) -> Receiving<'s, P, L, N> {
        Receiving {
            held: Some(self),
            kind: PhantomData,
        }
    }

    /// As [`Self::receive`], for a message without payload.
    #[doc(hidden)]
    #[inline]
    pub fn hear<N>(self) -> Hearing<'s, P, N> {
        Hearing {
            held: Some(self),
            kind: PhantomData,
        }
    }

    /// Waits for what the state listens to.
    #[doc(hidden)]
    #[inline]
    pub fn branch<T>(
        self,
        make: fn(Taken<'s, P>) -> Result<T, SessionError>,
    ) -> Branching<'s, P, T> {
        Branching {
            held: Some(self),
            make,
        }
    }

    /// Starts the threads of edge `at`; whether they did not run already.
    #[doc(hidden)]
    pub fn fork(&mut self, at: u16) -> Result<bool, SessionError> {
        let forked = self.seat.fork(at);
        if let Ok(true) = forked {
            self.seat.trace_own("fork", "taken");
        }
        forked
    }

    /// The threads of edge `at`.
    #[doc(hidden)]
    pub fn threads(&mut self, at: u16) -> Result<Threads<'_, P>, SessionError> {
        self.seat.threads(at)
    }

    /// Goes on behind the fork of edge `at`.
    #[doc(hidden)]
    pub fn join<N: Position<'s, P>>(self, at: u16) -> Result<N, SessionError> {
        self.seat.join(at)?;
        self.seat.trace_own("join", "taken");
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
    pub fn closed<K: Position<'s, P>, M>(self, message: M, branch: &'static str) -> Unsent<K, M> {
        self.seat.trace_own("condition", "refused");
        refused(self, message, Refusal::BranchClosed { branch })
    }

    /// A local step that failed: the state again.
    #[doc(hidden)]
    pub fn failed<K: Position<'s, P>>(self, error: LocalError) -> Unsent<K, LocalError> {
        self.seat.trace_own("step", "refused");
        let reason = Refusal::LocalStep {
            cause: error.to_string(),
        };
        refused(self, error, reason)
    }
}

fn refused<'s, P, K, M>(held: Held<'s, P>, message: M, reason: Refusal) -> Unsent<K, M>
where
    P: Choreography,
    K: Position<'s, P>,
{
    Unsent::Refused(Box::new(Refused {
        state: K::place(held),
        message,
        reason,
    }))
}
