//! The shortcuts of [`near`](super::near), where the other party is elsewhere: a frame goes into the
//! endpoint, or comes out of it, without a wait.
//!
//! What holds there holds here: a shortcut that is not taken has done nothing, and the whole way says
//! why. Permits come first, then the guard chain; a frame is sealed until its charge is made.

use std::task::{Context, Poll};

use super::{
    Choreography,
    lane::Peer,
    near::{Near, listens},
    port::Queued,
    seal::Letter,
    seat::Seat,
    shortcut::{In, Out, Shortcut},
};

/// What a look at the endpoint has found.
pub(super) type Far<P> = Option<Poll<(usize, In, <P as Choreography>::Message)>>;

impl<P: Choreography> Seat<P> {
    /// Sends, if there is room, the journal is memory and the guard chain allows it.
    #[inline(never)]
    pub(super) fn send_far(
        &mut self,
        at: u16,
        out: &Out,
        letter: Letter<P>,
    ) -> Result<(), Letter<P>> {
        if self.admit_far(out, &letter).is_none() {
            return Err(letter);
        }
        self.trace_near(at);
        self.go(out.to);
        Ok(())
    }

    fn admit_far(&self, out: &Out, letter: &Letter<P>) -> Option<()> {
        let port = self.port.as_ref()?;
        let message = letter.message()?;
        if !self.desk.ledger().is_memory() {
            return None;
        }
        let payload = P::encode(message).ok()?;
        let Queued::Done(Ok(slot)) = port.try_queue(out.id, out.source, Some(payload)) else {
            return None;
        };
        let proof = self.desk.charge(&out.toll, || self.ask_near(out, message));
        let Some(proof) = proof else {
            port.void(slot);
            return None;
        };
        port.settle(slot, Ok(proof));
        Some(())
    }

    /// What has come from the peer that the first of the ears listens to, or that nothing has; none if
    /// the whole look has to be taken.
    #[inline(never)]
    pub(super) fn look_far(&self, ears: &[Shortcut], context: &Context<'_>) -> Far<P> {
        let Some(Shortcut::Receive(first)) = ears.first() else {
            return None;
        };
        let (Some(Peer::There), Some(port)) = (self.peer(first.source), &self.port) else {
            return None;
        };
        let fits = |label| listens(ears, first.place, Some(label));
        match port.poll_next::<P, _>(first.source, context, fits)? {
            Poll::Ready(((at, ear), message)) => Some(Poll::Ready((at, ear, message))),
            Poll::Pending => first.alone.then_some(Poll::Pending),
        }
    }

    /// Moves the run, if something has come.
    pub(super) fn take_far(&mut self, far: Far<P>) -> Near {
        match far {
            None => Near::Whole,
            Some(Poll::Pending) => Near::Waits,
            Some(Poll::Ready((at, ear, message))) => {
                self.came(at, &ear, Letter::of(message));
                Near::Came
            }
        }
    }
}
