//! The shortcuts of [`near`](super::near), where the other party is elsewhere: a frame goes into the
//! endpoint, or comes out of it, without a wait.
//!
//! What holds there holds here: a shortcut that is not taken has done nothing, and the whole way says
//! why. Permits come first, then the guard chain; a frame is sealed until its charge is made.

use std::task::{Context, Poll};

use super::{
    Choreography,
    near::{is_alone, takes},
    port::Queued,
    seal::Letter,
    seat::{Peer, Seat},
    take::What,
};
use crate::{
    machine::{EdgeRow, PeerRow},
    walk::Source,
};

impl<P: Choreography> Seat<P> {
    /// Sends, if there is room, the journal is memory and the guard chain allows it.
    #[inline(never)]
    pub(super) fn send_far(&mut self, at: u16, letter: Letter<P>) -> Result<(), Letter<P>> {
        if self.admit_far(at, &letter).is_some() {
            Ok(())
        } else {
            Err(letter)
        }
    }

    fn admit_far(&mut self, at: u16, letter: &Letter<P>) -> Option<()> {
        let port = self.port.as_ref()?;
        let message = letter.message()?;
        let plan = self.plan(at, Some(P::label(message))).ok()?;
        let (_, seat) = self.walk.one(plan.to)?;
        let source = Source {
            seat,
            queue: plan.to.queue,
        };
        let Some(Peer::There) = self.peer(source) else {
            return None;
        };
        if plan.row.journal_merge || !self.desk.ledger().is_memory() {
            return None;
        }
        let payload = P::encode(message).ok()?;
        let Queued::Done(Ok(slot)) = port.try_queue(plan.id, source, Some(payload)) else {
            return None;
        };
        let Some(proof) = self.desk.charge(self.ask(plan, source, Some(message))) else {
            port.void(slot);
            return None;
        };
        port.settle(slot, Ok(proof));
        self.go(plan.edge.to);
        self.trace_near(plan);
        Some(())
    }

    /// What has come from this peer, or that nothing has.
    #[inline(never)]
    pub(super) fn poll_far(
        &mut self,
        edges: &'static [EdgeRow],
        from: &PeerRow,
        context: &Context<'_>,
    ) -> Option<Poll<What<P>>> {
        let port = self.port.as_ref()?;
        let (member, seat) = self.walk.one(*from)?;
        let source = Source {
            seat,
            queue: from.queue,
        };
        let Some(Peer::There) = self.peer(source) else {
            return None;
        };
        let fits = |label| takes::<P>(edges, from, label);
        let Poll::Ready(((at, edge), message)) = port.poll_next::<P, _>(source, context, fits)?
        else {
            return is_alone(edges, from).then_some(Poll::Pending);
        };
        self.go(edge.to);
        let letter = Letter::of(message);
        self.trace_received(seat, &letter);
        Some(Poll::Ready(What::One(at, member as usize, letter)))
    }
}
