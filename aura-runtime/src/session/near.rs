//! The shortcuts: one party of this process is spoken to or listened to, and nothing is in the way.
//! Those through the endpoint are in [`far`](super::far).
//!
//! Most steps are such ones, and both take a fraction of what the whole way costs: what they need was
//! looked up when the seat was taken, nothing is waited for, nothing is allocated but the channel's own,
//! and no error is put together. Whatever is out of the ordinary is left to the whole way, in
//! [`send`](super::send) and [`take`](super::take), which comes to the same: a shortcut that is not
//! taken has done nothing.
#![expect(
    clippy::inline_always,
    reason = "parts of one path, which is taken for every message: a call costs a tenth of it"
)]

use std::task::{Context, Poll};

use super::{
    Choreography,
    desk::Ask,
    lane::Peer,
    seal::{Letter, Parcel},
    seat::Seat,
    shortcut::{self, In, Out, Shortcut, Spot},
    take::What,
};
use crate::machine::LabelId;

/// How far a shortcut of a receive has led.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Near {
    /// Nowhere: the whole look has to be taken. What was taken from its channel is at the head of its
    /// queue.
    Whole,
    /// Nothing has come yet.
    Waits,
    /// A message has; the run has moved, and the seat has it in hand.
    Came,
}

impl<P: Choreography> Seat<P> {
    /// Sends, if there is room, the journal is memory and the guard chain allows it. If not, the
    /// letter is handed back, and the whole way says why.
    #[inline]
    pub(super) fn send_near(&mut self, at: u16, letter: Letter<P>) -> Result<(), Letter<P>> {
        let indexed;
        let out = match self.shortcuts.step(self.walk.state(), at) {
            Some(Shortcut::Send(out)) => out,
            Some(Shortcut::Indexed) => {
                indexed = self.indexed(at);
                match &indexed {
                    Shortcut::Send(out) => out,
                    _ => return Err(letter),
                }
            }
            _ => return Err(letter),
        };
        let Some(message) = letter.message() else {
            return Err(letter);
        };
        if P::label(message) != out.label {
            return Err(letter);
        }
        let lane = match self.peers.get(out.place as usize) {
            Some(Peer::Here(lane)) => lane,
            Some(Peer::There) => {
                let out = *out;
                return self.send_far(at, &out, letter);
            }
            _ => return Err(letter),
        };
        let credit = &lane.credits.outgoing;
        if credit.try_take() != Some(true) {
            return Err(letter);
        }
        let Some(proof) = self.desk.charge(&out.toll, || self.ask_near(out, message)) else {
            credit.give();
            return Err(letter);
        };
        self.trace_near(at);
        let (place, to) = (out.place as usize, out.to);
        // A receiver that is through takes no more, and what it would have taken is charged; whether
        // one is gone says the next permit.
        if let Some(Peer::Here(lane)) = self.peers.get_mut(place) {
            lane.send(Parcel::open(letter, proof));
        }
        self.go(to);
        Ok(())
    }

    #[inline]
    pub(super) fn ask_near<'a>(&self, out: &Out, message: &'a P::Message) -> Ask<'a, P> {
        Ask {
            id: out.id,
            row: out.toll.row,
            to: out.source.seat,
            step: self.walk.steps(),
            message: Some(message),
        }
    }

    /// The shortcut of a step where it depends on the counters.
    #[cold]
    fn indexed(&self, at: u16) -> Shortcut {
        match (self.walk.row(), self.walk.edge(at)) {
            (Some(row), Some(edge)) => shortcut::one(&self.walk, &self.desk, row, edge),
            _ => Shortcut::None,
        }
    }

    /// What has come, or that nothing has.
    #[inline]
    pub(super) fn poll_near(&mut self, context: &mut Context<'_>) -> Near {
        let spot = match self.shortcuts.spot(self.walk.state()) {
            Some(spot) if !self.walk.owes() => *spot,
            _ => return Near::Whole,
        };
        let Some(place) = spot.place else {
            return self.poll_indexed(&spot, context);
        };
        if self.port.is_some() {
            let far = self.look_far(self.shortcuts.of(&spot), context);
            return self.take_far(far);
        }
        match self.poll_lane(place, spot.alone, context) {
            Err(near) => near,
            Ok(parcel) => {
                let ear = listens(self.shortcuts.of(&spot), place, parcel.label());
                self.deliver(place, parcel, ear)
            }
        }
    }

    /// The same where the one ear depends on the counters.
    #[inline(never)]
    fn poll_indexed(&mut self, spot: &Spot, context: &mut Context<'_>) -> Near {
        let [Shortcut::Indexed] = self.shortcuts.of(spot) else {
            return Near::Whole;
        };
        let ears = [self.indexed(0)];
        let [Shortcut::Receive(ear)] = &ears else {
            return Near::Whole;
        };
        if self.port.is_some() {
            let far = self.look_far(&ears, context);
            return self.take_far(far);
        }
        match self.poll_lane(ear.place, ear.alone, context) {
            Err(near) => near,
            Ok(parcel) => {
                let found = listens(&ears, ear.place, parcel.label());
                self.deliver(ear.place, parcel, found)
            }
        }
    }

    /// The next parcel from a party of this process.
    #[inline(always)]
    fn poll_lane(
        &mut self,
        place: u32,
        alone: bool,
        context: &mut Context<'_>,
    ) -> Result<Parcel<P>, Near> {
        let lane = match self.peers.get_mut(place as usize) {
            Some(Peer::Here(lane)) if lane.head.is_none() => lane,
            _ => return Err(Near::Whole),
        };
        match lane.poll(context) {
            Poll::Ready(Some(parcel)) => {
                lane.credits.incoming.give_back();
                Ok(parcel)
            }
            Poll::Pending if alone => Err(Near::Waits),
            Poll::Pending | Poll::Ready(None) => Err(Near::Whole),
        }
    }

    /// Moves the run, if an ear takes the parcel; if none does, it is at the head of its queue.
    #[inline(always)]
    fn deliver(&mut self, place: u32, parcel: Parcel<P>, ear: Option<(usize, In)>) -> Near {
        let Some((at, ear)) = ear else {
            if let Some(Peer::Here(lane)) = self.peers.get_mut(place as usize) {
                lane.head = Some(parcel);
            }
            return Near::Whole;
        };
        self.came(at, &ear, parcel.into_letter());
        Near::Came
    }

    /// Moves the run, and has the message in hand.
    #[inline(always)]
    pub(super) fn came(&mut self, at: usize, ear: &In, letter: Letter<P>) {
        self.go(ear.to);
        self.trace_received(ear.source.seat, &letter);
        self.what = What::One(at, ear.member as usize, Some(letter));
    }
}

/// Which of the ears takes a message of this label from there.
#[inline]
pub(super) fn listens(
    ears: &[Shortcut],
    place: u32,
    label: Option<LabelId>,
) -> Option<(usize, In)> {
    let label = label?;
    let mut ears = ears.iter().enumerate();
    ears.find_map(|(at, ear)| match ear {
        Shortcut::Receive(ear) if ear.place == place && ear.label == label => Some((at, *ear)),
        _ => None,
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "tests")]
mod tests {
    use futures::executor::block_on;

    use crate::{
        endpoint::Limits,
        identity::{ContextId, Identity, Roster, Seat, SessionId},
        ledger::Ledger,
        machine::StateId,
        request_response::{Message, PROTOCOL, RequestResponse, ResponseData, Server},
        session::{Room, Session, seal::Letter},
    };

    /// The edges of a state stand beside those of the next one.
    #[test]
    fn a_step_of_another_state_has_no_shortcut() {
        let peers = [1, 2].map(|seed| Identity::from_seed([seed; 32]).id());
        let context = ContextId([3; 32]);
        let seats = [0, 1].map(|role| Seat {
            role,
            member: 0,
            authority: peers[usize::from(role)],
        });
        let roster = Roster {
            protocol: PROTOCOL.hash,
            session: SessionId([2; 16]),
            contexts: vec![context],
            sizes: vec![],
            seats: seats.to_vec(),
        };
        let ledger = Ledger::in_memory();
        ledger.grant(context, "send_response");
        block_on(ledger.declare_budget(context, peers[0], 1, 1_000)).unwrap();
        let mut room = Room::<RequestResponse>::new(roster, Limits::default()).unwrap();
        let mut session: Session<Server> = room.join(&ledger).unwrap();
        let edges = session.seat.walk.machine().edges;
        for at in 0..u16::try_from(edges.len()).unwrap() {
            let body = String::new();
            let letter = Letter::of(Message::SendResponse(ResponseData { body }));
            assert!(session.seat.send_near(at, letter).is_err(), "{at}");
            assert_eq!(session.seat.walk.state(), StateId::START);
        }
        assert_eq!(ledger.budget(context, peers[0]).spent, 0);
    }
}
