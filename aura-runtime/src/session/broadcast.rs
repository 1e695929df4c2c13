//! One message to each member of a family: all of it, or nothing.
//!
//! A permit for every member is taken first, in their order; then one admission covers all copies,
//! and one durable transaction. Only then anything leaves. Members that are gone are passed by: a
//! crash of one is not the end of the others.

use std::{future::poll_fn, mem, sync::Arc};

use tracing::Instrument;

use super::{
    Choreography, SessionError,
    credit::Credit,
    desk::Desk,
    lane::Peer,
    port::Port,
    receipts::Signing,
    seal::{Content, Parcel, Sealed},
    seat::{Pending, Seat},
    send::{Fail, Plan, deny},
    verdict::Verdict,
};
use crate::{
    endpoint::Slot,
    identity::SeatId,
    ledger::{Admission, Reservation},
    receipt::Chain,
    store::StoreError,
    walk::Source,
};

impl<P: Choreography> Seat<P> {
    /// Sends a copy to each member of a family.
    pub(super) async fn broadcast(
        &mut self,
        at: u16,
        message: P::Message,
        copy: fn(&P::Message) -> Option<P::Message>,
    ) -> Result<(), Fail<P>> {
        let plan = self.plan(at, Some(P::label(&message)))?;
        let span = self.sending(plan);
        let result = self.copies(plan, message, copy);
        let result = result.instrument(span.clone()).await;
        self.trace(plan, &span, &result);
        result
    }

    async fn copies(
        &mut self,
        plan: Plan,
        message: P::Message,
        copy: fn(&P::Message) -> Option<P::Message>,
    ) -> Result<(), Fail<P>> {
        let behind = self.desk.behind(plan.row);
        let frames = self.frames(plan, &message, behind.as_ref())?;
        let (passage, gone) = self.passage(plan, frames).await?;
        if passage.ways.is_empty() {
            // A family of one has nobody to exchange with; one that is gone cannot be reached.
            if let Some(seat) = gone {
                return Err(self.lost(seat).into());
            }
            self.go(plan.edge.to);
            return Ok(());
        }
        let asks: Vec<_> = passage
            .ways
            .iter()
            .map(|way| self.ask(plan, way.source(), Some(&message)))
            .collect();
        let mut contents = Vec::with_capacity(asks.len());
        for ask in &asks {
            let copied = copy(&message).ok_or(SessionError::Table("such label"))?;
            contents.push(Content::of(copied, self.desk.riding(*ask)));
        }
        match self.desk.admit_all_signed(&asks, behind.as_ref()) {
            Ok((Admission::Several(proofs), signings)) => {
                let copies = passage.open().zip(contents).zip(signings);
                for (((way, content), signing), proof) in copies.zip(proofs) {
                    match way {
                        // A member that has just left is passed by, charged.
                        Way::Here(source, _) => {
                            let said = signing.prove(content);
                            self.hand_over(source, Parcel::open(said.into(), proof));
                        }
                        Way::There(_, port, slot, rest) => {
                            signing.settle(&port, slot, Ok(proof), rest);
                        }
                    }
                }
                self.go(plan.edge.to);
                Ok(())
            }
            Ok((Admission::Reserved(reservation), signings)) => {
                self.depart(plan, passage, contents, (*reservation, signings));
                let Err(error) = self.settle().await else {
                    return Ok(());
                };
                Err(Fail::unwritten(plan, Some(message), &error))
            }
            Ok((Admission::Committed(_), _)) => Err(SessionError::Table("such admission").into()),
            Err(denied) => {
                drop(passage);
                Err(deny(Some(message), denied))
            }
        }
    }

    /// The frames of the copies.
    fn frames(
        &self,
        plan: Plan,
        message: &P::Message,
        behind: Option<&Chain>,
    ) -> Result<Vec<Frame>, SessionError> {
        let members = self.walk.reach(plan.to).map(|(_, seat)| {
            let source = Source {
                seat,
                queue: plan.to.queue,
            };
            let payload = match self.peer(source) {
                Some(Peer::There) => self.payload(plan, source, Some(message))?,
                _ => None,
            };
            let (payload, rest) = Desk::room(plan.row, behind, payload);
            Ok((source, payload, rest))
        });
        members.collect()
    }

    /// A permit for each member that is there, in their order; and one that is not.
    async fn passage(
        &mut self,
        plan: Plan,
        frames: Vec<Frame>,
    ) -> Result<(Passage, Option<SeatId>), SessionError> {
        let mut passage = Passage::default();
        let mut gone = None;
        for (source, payload, rest) in frames {
            match self.peer(source) {
                Some(Peer::Here(lane)) => {
                    let outgoing = Arc::clone(&lane.credits.outgoing);
                    if poll_fn(|context| outgoing.poll_take(context)).await {
                        passage.ways.push(Way::Here(source, outgoing));
                    } else {
                        gone = Some(source.seat);
                    }
                }
                Some(Peer::There) => {
                    let port = self.port.as_ref().ok_or(SessionError::Table("endpoint"))?;
                    let port = Arc::clone(port);
                    match self.queue(&port, plan, source, payload).await {
                        Ok(slot) => passage.ways.push(Way::There(source, port, slot, rest)),
                        Err(SessionError::PeerLost { .. }) => gone = Some(source.seat),
                        Err(error) => return Err(error),
                    }
                }
                Some(Peer::Me | Peer::Lent(_)) | None => {
                    return Err(SessionError::Table("such receiver"));
                }
            }
        }
        Ok((passage, gone))
    }

    /// Hands the copies over, sealed, and the entry to the journal.
    fn depart(
        &mut self,
        plan: Plan,
        passage: Passage,
        contents: Vec<Content<P>>,
        (reservation, signings): (Reservation, Vec<Signing>),
    ) {
        let (judge, verdict) = Verdict::pending();
        let (mut slots, mut shared) = (Vec::new(), Vec::new());
        for ((way, content), signing) in passage.open().zip(contents).zip(signings) {
            match way {
                Way::Here(source, _) => {
                    let sealed = Sealed::new(content, verdict.clone());
                    shared.push((Arc::clone(&sealed), signing));
                    self.hand_over(source, Parcel::sealed(sealed));
                }
                Way::There(_, port, slot, rest) => slots.push((port, slot, rest, signing)),
            }
        }
        self.pending = Some(Pending {
            verdict,
            to: plan.edge.to,
        });
        reservation.commit(move |outcome| {
            let (told, mut proofs) = match outcome {
                Ok(proofs) => (Ok(()), proofs),
                Err(error) => (Err(error), Vec::new()),
            };
            for (port, slot, rest, signing) in slots {
                let proof = proofs.pop().ok_or(StoreError::Closed);
                signing.settle(&port, slot, proof, rest);
            }
            if told.is_ok() {
                for (sealed, signing) in shared {
                    signing.seal(&*sealed);
                }
            }
            judge.announce(told);
        });
    }
}

/// A member's queue, what its frame carries where it sits elsewhere, and what that becomes behind a
/// receipt.
type Frame = (Source, Option<Vec<u8>>, Option<Vec<u8>>);

/// A permit for one member of a broadcast.
enum Way {
    Here(Source, Arc<Credit>),
    There(Source, Arc<Port>, Slot, Option<Vec<u8>>),
}

impl Way {
    fn source(&self) -> Source {
        match self {
            Self::Here(source, _) | Self::There(source, ..) => *source,
        }
    }
}

/// The permits of a broadcast, given back unless it goes on.
#[derive(Default)]
struct Passage {
    ways: Vec<Way>,
}

impl Passage {
    /// The permits are used.
    fn open(mut self) -> std::vec::IntoIter<Way> {
        mem::take(&mut self.ways).into_iter()
    }
}

impl Drop for Passage {
    fn drop(&mut self) {
        for way in self.ways.drain(..) {
            match way {
                Way::Here(_, credit) => credit.give(),
                Way::There(_, port, slot, _) => port.void(slot),
            }
        }
    }
}
