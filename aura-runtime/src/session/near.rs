//! The shortcuts: one party of this process is spoken to or listened to, and nothing is in the way.
//! Those through the endpoint are in [`far`](super::far).
//!
//! Most steps are such ones, and both take a fraction of what the whole way costs: nothing is waited
//! for, nothing is allocated but the channel's own, and no error is put together. Whatever is out of
//! the ordinary is left to the whole way, in [`send`](super::send) and [`take`](super::take), which
//! comes to the same: a shortcut that is not taken has done nothing.

use std::task::{Context, Poll};

use super::{
    Choreography,
    seal::{Letter, Parcel},
    seat::{Peer, Seat},
    send::Plan,
    take::What,
};
use crate::{
    ledger::Committed,
    machine::{Action, EdgeRow, LabelId, PeerRow},
    walk::Source,
};

impl<P: Choreography> Seat<P> {
    /// Sends, if there is room, the journal is memory and the guard chain allows it. If not, the
    /// letter is handed back, and the whole way says why.
    #[inline]
    pub(super) fn send_near(&mut self, at: u16, letter: Letter<P>) -> Result<(), Letter<P>> {
        let Some((plan, place, proof)) = self.admit_near(at, &letter) else {
            return self.send_far(at, letter);
        };
        // A receiver that is through takes no more, and what it would have taken is charged; whether
        // one is gone says the next permit.
        self.party.send(place, Parcel::open(letter, proof));
        self.go(plan.edge.to);
        self.trace_near(plan);
        Ok(())
    }

    #[inline]
    fn admit_near(&self, at: u16, letter: &Letter<P>) -> Option<(Plan, usize, Committed)> {
        let message = letter.message()?;
        let plan = self.plan(at, Some(P::label(message))).ok()?;
        let (_, seat) = self.walk.one(plan.to)?;
        let source = Source {
            seat,
            queue: plan.to.queue,
        };
        let place = Self::place(source);
        let Peer::Here { outgoing, .. } = self.peers.get(place)? else {
            return None;
        };
        if plan.row.journal_merge || outgoing.try_take() != Some(true) {
            return None;
        }
        let proof = self.desk.charge(self.ask(plan, source, Some(message)));
        if proof.is_none() {
            outgoing.give();
        }
        Some((plan, place, proof?))
    }

    /// What has come, or that nothing has; `None` where the whole look has to be taken. What was
    /// taken from its channel is then at the head of its queue.
    #[inline]
    pub(super) fn poll_near(&mut self, context: &mut Context<'_>) -> Option<Poll<What<P>>> {
        let edges = self.walk.edges();
        let Action::Receive { from, .. } = &edges.first()?.action else {
            return None;
        };
        if !self.walk.is_punctual() {
            return None;
        }
        if self.port.is_some() {
            return self.poll_far(edges, from, context);
        }
        let (member, seat) = self.walk.one(*from)?;
        let place = Self::place(Source {
            seat,
            queue: from.queue,
        });
        let (Peer::Here { incoming, .. }, None) = (self.peers.get(place)?, self.heads.get(place)?)
        else {
            return None;
        };
        let parcel = match self.party.poll(place, context) {
            Poll::Pending => return is_alone(edges, from).then_some(Poll::Pending),
            Poll::Ready(parcel) => parcel?,
        };
        incoming.give_back();
        let label = parcel.letter().message().map(P::label);
        let taken = label.and_then(|label| takes::<P>(edges, from, label));
        let Some((at, edge)) = taken else {
            self.heads[place] = Some(parcel);
            return None;
        };
        self.go(edge.to);
        let letter = parcel.into_letter();
        self.trace_received(seat, &letter);
        Some(Poll::Ready(What::One(at, member as usize, letter)))
    }
}

/// Whether all of the edges listen to the same queue.
#[inline]
pub(super) fn is_alone(edges: &[EdgeRow], from: &PeerRow) -> bool {
    edges.iter().skip(1).all(|edge| match &edge.action {
        Action::Receive { from: other, .. } => other == from,
        _ => false,
    })
}

/// The edge that takes a message of this label from there, as it is.
#[inline]
pub(super) fn takes<P: Choreography>(
    edges: &'static [EdgeRow],
    from: &PeerRow,
    label: LabelId,
) -> Option<(usize, &'static EdgeRow)> {
    edges
        .iter()
        .enumerate()
        .find(|(_, edge)| match &edge.action {
            Action::Receive { from: f, message } if f == from => P::protocol()
                .message(*message)
                .is_some_and(|row| row.label == label && !row.journal_merge),
            _ => false,
        })
}
