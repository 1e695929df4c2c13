//! The one way out: permit, guard chain, ledger, channel.
//!
//! Up to the submission to the ledger, dropping the future does nothing. From then on the ledger's
//! own task finishes the send, and the seat remembers where it leads, so that the session can be
//! resumed. To a party in this process a message that is still on its way to the disk travels
//! sealed; to a party elsewhere its frame waits, sealed, in the endpoint.

use std::{
    future::poll_fn,
    sync::Arc,
    task::{Context, Poll},
};

use tracing::Instrument;

use super::{
    Choreography, SessionError,
    credit::Far,
    desk::{Ask, Denied, Desk},
    lane::{Credits, Peer},
    port::Port,
    seal::{Content, Parcel, Sealed},
    seat::{Pending, Seat},
    verdict::Verdict,
};
use crate::{
    endpoint::{QueueError, Slot},
    guard::Refusal,
    ledger::Admission,
    machine::{Action, EdgeRow, LabelId, MessageId, MessageRow, PeerRow},
    store::StoreError,
    walk::Source,
};

/// Why the run has not moved.
pub(super) enum Fail<P: Choreography> {
    /// The message is handed back; an abstention has none.
    Refused(Option<P::Message>, Box<Refusal>),
    Fatal(SessionError),
}

impl<P: Choreography> Fail<P> {
    /// The journal did not take it.
    pub(super) fn unwritten(plan: Plan, message: Option<P::Message>, error: &StoreError) -> Self {
        let reason = Refusal::JournalCommitFailed {
            message: P::protocol().label_name(plan.row.label),
            cause: error.to_string(),
        };
        Self::Refused(message, Box::new(reason))
    }
}

impl<P: Choreography> From<SessionError> for Fail<P> {
    fn from(error: SessionError) -> Self {
        Self::Fatal(error)
    }
}

/// A send of the tables.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    pub(super) edge: &'static EdgeRow,
    pub(super) to: PeerRow,
    pub(super) id: MessageId,
    pub(super) row: &'static MessageRow,
}

impl<P: Choreography> Seat<P> {
    #[inline]
    pub(super) fn plan(&self, at: u16, label: Option<LabelId>) -> Result<Plan, SessionError> {
        let edge = self.walk.edge(at);
        let edge = edge.ok_or(SessionError::Table("such step"))?;
        let &Action::Send { to, message: id } = &edge.action else {
            return Err(SessionError::Table("such send"));
        };
        let row = P::protocol().message(id);
        let row = row.ok_or(SessionError::Table("such message"))?;
        if label.is_some_and(|label| label != row.label) {
            return Err(SessionError::Table("such label in this step"));
        }
        Ok(Plan { edge, to, id, row })
    }

    /// Sends to one peer; `None` abstains from the answer.
    pub(super) async fn send(
        &mut self,
        at: u16,
        message: Option<P::Message>,
    ) -> Result<(), Fail<P>> {
        let plan = self.plan(at, message.as_ref().map(P::label))?;
        let Some((_, seat)) = self.walk.one(plan.to) else {
            return Err(SessionError::Table("such receiver").into());
        };
        let source = Source {
            seat,
            queue: plan.to.queue,
        };
        let span = self.sending(plan);
        let result = self.give(plan, source, message);
        let result = result.instrument(span.clone()).await;
        if let Err(Fail::Fatal(SessionError::PeerLost { .. })) = &result
            && self.passes_by(plan, source)
        {
            self.trace_passed_by(plan, &span);
            return Ok(());
        }
        self.trace(plan, &span, &result);
        result
    }

    async fn give(
        &mut self,
        plan: Plan,
        source: Source,
        message: Option<P::Message>,
    ) -> Result<(), Fail<P>> {
        match self.peer(source) {
            Some(Peer::Here(_)) => self.send_here(plan, source, message).await,
            Some(Peer::There) => self.send_there(plan, source, message).await,
            Some(Peer::Me | Peer::Lent(_)) | None => {
                Err(SessionError::Table("such receiver").into())
            }
        }
    }

    /// Goes on without a receiver that has left in the middle, if nobody waits for it for ever and
    /// there are others to speak with: what it would have been told goes nowhere.
    #[cold]
    fn passes_by(&mut self, plan: Plan, source: Source) -> bool {
        if !self.walk.does_without(source.seat) {
            return false;
        }
        self.go(plan.edge.to);
        true
    }

    #[inline]
    pub(super) fn ask<'a>(
        &self,
        plan: Plan,
        source: Source,
        message: Option<&'a P::Message>,
    ) -> Ask<'a, P> {
        Ask {
            id: plan.id,
            row: plan.row,
            to: source.seat,
            step: self.walk.steps(),
            message,
        }
    }

    /// The permits towards a party of this process.
    #[inline]
    fn credits(&self, source: Source) -> Option<&Credits> {
        self.peer(source).and_then(Peer::credits)
    }

    fn is_through(&self, source: Source) -> bool {
        self.credits(source)
            .is_some_and(|credits| credits.outgoing.far() == Far::Through)
    }

    async fn send_here(
        &mut self,
        plan: Plan,
        source: Source,
        message: Option<P::Message>,
    ) -> Result<(), Fail<P>> {
        // The closure holds the permits alone: the seat is `Send`, but not for sharing.
        let credits = self.credits(source);
        let permit = move |context: &mut Context<'_>| match credits {
            Some(credits) => credits.outgoing.poll_take(context),
            None => Poll::Ready(false),
        };
        if !poll_fn(permit).await {
            return Err(self.lost(source.seat).into());
        }
        let ask = self.ask(plan, source, message.as_ref());
        let riding = self.desk.riding(ask);
        let behind = self.desk.behind(plan.row);
        match self.desk.admit_signed(ask, behind) {
            Ok((Admission::Committed(proof), signing)) => {
                let said = signing.prove(content(plan, message, riding));
                let parcel = Parcel::open(said.into(), proof);
                if !self.hand_over(source, parcel) && !self.is_through(source) {
                    return Err(self.lost(source.seat).into());
                }
                self.go(plan.edge.to);
                Ok(())
            }
            Ok((Admission::Reserved(reservation), signing)) => {
                let (judge, verdict) = Verdict::pending();
                let sealed = Sealed::new(content(plan, message, riding), verdict.clone());
                let parcel = Parcel::sealed(Arc::clone(&sealed));
                if !self.hand_over(source, parcel) && !self.is_through(source) {
                    return Err(self.lost(source.seat).into());
                }
                self.pending = Some(Pending {
                    verdict,
                    to: plan.edge.to,
                });
                let shared = Arc::clone(&sealed);
                reservation.commit(move |outcome| {
                    if outcome.is_ok() {
                        signing.seal(&shared);
                    }
                    drop(shared);
                    judge.announce(outcome.map(drop));
                });
                self.settled(plan, &sealed).await
            }
            Ok((Admission::Several(_), _)) => Err(SessionError::Table("such admission").into()),
            Err(denied) => {
                if let Some(credits) = self.credits(source) {
                    credits.outgoing.give();
                }
                Err(deny(message, denied))
            }
        }
    }

    /// Waits for the journal, and takes the message back if it was not written.
    async fn settled(&mut self, plan: Plan, sealed: &Sealed<P>) -> Result<(), Fail<P>> {
        let Err(error) = self.settle().await else {
            return Ok(());
        };
        let message = sealed.take_back().and_then(Content::into_message);
        Err(Fail::unwritten(plan, message, &error))
    }

    async fn send_there(
        &mut self,
        plan: Plan,
        source: Source,
        message: Option<P::Message>,
    ) -> Result<(), Fail<P>> {
        let port = Arc::clone(self.port.as_ref().ok_or(SessionError::Table("endpoint"))?);
        let payload = self.payload(plan, source, message.as_ref())?;
        let behind = self.desk.behind(plan.row);
        let (payload, rest) = Desk::room(plan.row, behind.as_ref(), payload);
        let slot = self.queue(&port, plan, source, payload).await?;
        let ask = self.ask(plan, source, message.as_ref());
        match self.desk.admit_signed(ask, behind) {
            Ok((Admission::Committed(proof), signing)) => {
                signing.settle(&port, slot, Ok(proof), rest);
                self.go(plan.edge.to);
                Ok(())
            }
            Ok((Admission::Reserved(reservation), signing)) => {
                let (judge, verdict) = Verdict::pending();
                self.pending = Some(Pending {
                    verdict,
                    to: plan.edge.to,
                });
                // The frame is on its way before the session hears of it, so that the next step
                // comes after.
                reservation.commit(move |outcome| {
                    let (told, proof) = match outcome {
                        Ok(mut proofs) => (Ok(()), proofs.pop().ok_or(StoreError::Closed)),
                        Err(error) => (Err(error.clone()), Err(error)),
                    };
                    signing.settle(&port, slot, proof, rest);
                    judge.announce(told);
                });
                let Err(error) = self.settle().await else {
                    return Ok(());
                };
                Err(Fail::unwritten(plan, message, &error))
            }
            Ok((Admission::Several(_), _)) => Err(SessionError::Table("such admission").into()),
            Err(denied) => {
                port.void(slot);
                Err(deny(message, denied))
            }
        }
    }

    /// The payload of a frame; none for an abstention.
    pub(super) fn payload(
        &self,
        plan: Plan,
        source: Source,
        message: Option<&P::Message>,
    ) -> Result<Option<Vec<u8>>, SessionError> {
        let Some(message) = message else {
            return Ok(None);
        };
        let riding = self.desk.riding(self.ask(plan, source, Some(message)));
        super::payload(plan.row, message, &riding, P::encode)
            .map(Some)
            .map_err(|cause| unfit::<P>(plan, cause))
    }

    /// Queues a frame, sealed, once there is room for it.
    pub(super) async fn queue(
        &mut self,
        port: &Port,
        plan: Plan,
        source: Source,
        payload: Option<Vec<u8>>,
    ) -> Result<Slot, SessionError> {
        port.queue(plan.id, source, payload)
            .await
            .map_err(|error| match error {
                QueueError::Gone => port.lost(self.walk.seating().name_of(source.seat)),
                QueueError::Oversized { .. } => unfit::<P>(plan, error.to_string()),
                QueueError::State | QueueError::Full => {
                    SessionError::Table("such step in the endpoint")
                }
            })
    }
}

fn unfit<P: Choreography>(plan: Plan, cause: String) -> SessionError {
    SessionError::Payload {
        message: P::protocol().label_name(plan.row.label),
        cause,
    }
}

fn content<P: Choreography>(
    plan: Plan,
    message: Option<P::Message>,
    riding: Vec<crate::fact::Fact>,
) -> Content<P> {
    match message {
        Some(message) => Content::of(message, riding),
        None => Content::Abstention(plan.row.label),
    }
}

pub(super) fn deny<P: Choreography>(message: Option<P::Message>, denied: Denied) -> Fail<P> {
    match denied {
        Denied::Refused(reason) => Fail::Refused(message, reason),
        Denied::Table => SessionError::Table("tariff for the message").into(),
    }
}
