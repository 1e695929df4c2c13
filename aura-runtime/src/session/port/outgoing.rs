//! A frame's way into the endpoint: room on the channel and on the line, which comes before the guard,
//! and afterwards the ledger's word.

use std::{
    future::poll_fn,
    sync::MutexGuard,
    task::{Context, Poll},
};

use tokio::sync::TryAcquireError;

use super::{Inside, Port};
use crate::{
    endpoint::{QueueError, Slot},
    identity::SeatId,
    ledger::Committed,
    machine::MessageId,
    store::StoreError,
    walk::Source,
};

/// How far a frame has come on its way into the endpoint.
pub(in crate::session) enum Queued {
    /// In, or it never will be.
    Done(Result<Slot, QueueError>),
    /// There is no room for it now: its payload again.
    Full(Option<Vec<u8>>),
}

impl Port {
    /// Queues a sealed frame if there is room for it now: the permit that comes before the guard.
    pub(in crate::session) fn try_queue(
        &self,
        message: MessageId,
        to: Source,
        payload: Option<Vec<u8>>,
    ) -> Queued {
        let endpoint = &mut self.lock().endpoint;
        let is_lost = endpoint.is_lost(to.seat);
        if !is_lost && !endpoint.has_room(to.seat) {
            return Queued::Full(payload);
        }
        let permit = match self.outlet(to.seat) {
            Some(outlet) if !is_lost => {
                match outlet.try_permit(payload.as_ref().map_or(0, Vec::len)) {
                    Ok(permit) => Some(permit),
                    Err(TryAcquireError::NoPermits) => return Queued::Full(payload),
                    Err(TryAcquireError::Closed) => return Queued::Done(Err(QueueError::Gone)),
                }
            }
            _ => None,
        };
        Queued::Done(endpoint.queue(message, to, payload, permit))
    }

    /// The same, waiting for room: on the channel and on the line.
    pub(in crate::session) async fn queue(
        &self,
        message: MessageId,
        to: Source,
        payload: Option<Vec<u8>>,
    ) -> Result<Slot, QueueError> {
        let mut payload = match self.try_queue(message, to, payload) {
            Queued::Done(outcome) => return outcome,
            Queued::Full(payload) => payload,
        };
        // A frame that waits for the channel must not take room on the line meanwhile.
        poll_fn(|context| self.poll_room(to.seat, context).map(drop)).await;
        let mut permit = match self.outlet(to.seat) {
            Some(outlet) if !self.lock().endpoint.is_lost(to.seat) => {
                let taken = outlet.permit(payload.as_ref().map_or(0, Vec::len)).await;
                Some(taken.ok_or(QueueError::Gone)?)
            }
            _ => None,
        };
        // Others may have filled the channel while this one waited for the line.
        poll_fn(|context| {
            self.poll_room(to.seat, context).map(|mut inside| {
                let endpoint = &mut inside.endpoint;
                endpoint.queue(message, to, payload.take(), permit.take())
            })
        })
        .await
    }

    /// The endpoint, once a frame may be queued or it is known that none can.
    fn poll_room(&self, to: SeatId, context: &Context<'_>) -> Poll<MutexGuard<'_, Inside>> {
        let mut inside = self.lock();
        if inside.endpoint.has_room(to) || inside.endpoint.is_lost(to) {
            return Poll::Ready(inside);
        }
        inside.waiting.add(context);
        Poll::Pending
    }

    /// Gives a sealed frame the payload that it will have: it takes no more room than it has.
    pub(in crate::session) fn amend(&self, slot: &Slot, payload: Vec<u8>) {
        self.lock().endpoint.handle_amended(slot, payload);
    }

    /// Settles a sealed frame with the ledger's word, and transmits what that sets free.
    pub(in crate::session) fn settle(&self, slot: Slot, outcome: Result<Committed, StoreError>) {
        let mut inside = self.lock();
        let to = match outcome {
            Ok(proof) => inside.endpoint.handle_committed(slot, proof),
            Err(_) => inside.endpoint.handle_voided(slot),
        };
        self.ring(&inside.endpoint, to);
    }

    /// Takes a sealed frame back that the guard refused.
    pub(in crate::session) fn void(&self, slot: Slot) {
        let mut inside = self.lock();
        let to = inside.endpoint.handle_voided(slot);
        self.ring(&inside.endpoint, to);
    }
}
