//! The shortcuts of [`near`](super::near), where the other party is elsewhere: a frame goes into the
//! endpoint, or comes out of it, without a wait.
//!
//! What holds there holds here: a shortcut that is not taken has done nothing, and the whole way says
//! why. Permits come first, then the guard chain; a frame is sealed until its charge is made.

use std::task::{Context, Poll};

use super::{
    Choreography, lane::Peer, near::Near, port::Queued, seal::Letter, seat::Seat, take::What,
};
use crate::{
    machine::{Action, EdgeRow, LabelId, PeerRow},
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
        if plan.row.rides() || !self.desk.ledger().is_memory() {
            return None;
        }
        let toll = self.desk.toll(plan.id, seat)?;
        let payload = P::encode(message).ok()?;
        let Queued::Done(Ok(slot)) = port.try_queue(plan.id, source, Some(payload)) else {
            return None;
        };
        let ask = || self.ask(plan, source, Some(message));
        let Some(proof) = self.desk.charge(&toll, ask) else {
            port.void(slot);
            return None;
        };
        port.settle(slot, Ok(proof));
        self.trace_near(at);
        self.go(plan.edge.to);
        Some(())
    }

    /// What has come from the peer that the first edge listens to, or that nothing has.
    #[inline(never)]
    pub(super) fn poll_far(&mut self, context: &Context<'_>) -> Near {
        self.take_far(context).unwrap_or(Near::Whole)
    }

    fn take_far(&mut self, context: &Context<'_>) -> Option<Near> {
        let port = self.port.as_ref()?;
        let edges = self.walk.edges();
        let Action::Receive { from, .. } = &edges.first()?.action else {
            return None;
        };
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
            return is_alone(edges, from).then_some(Near::Waits);
        };
        self.go(edge.to);
        let letter = Letter::of(message);
        self.trace_received(seat, &letter);
        self.what = What::One(at, member as usize, letter);
        Some(Near::Came)
    }
}

/// Whether all of the edges listen to the same queue.
fn is_alone(edges: &[EdgeRow], from: &PeerRow) -> bool {
    edges.iter().all(|edge| match &edge.action {
        Action::Receive { from: other, .. } => other == from,
        _ => false,
    })
}

/// The edge that takes a message of this label from there, as it is.
fn takes<P: Choreography>(
    edges: &'static [EdgeRow],
    from: &PeerRow,
    label: LabelId,
) -> Option<(usize, &'static EdgeRow)> {
    let mut edges = edges.iter().enumerate();
    edges.find(|(_, edge)| match &edge.action {
        Action::Receive { from: f, message } if f == from => P::protocol()
            .message(*message)
            .is_some_and(|row| row.label == label && !row.rides()),
        _ => false,
    })
}
