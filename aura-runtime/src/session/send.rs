//! The one way out: permit, guard chain, ledger, channel.
//!
//! Up to the submission to the ledger, dropping the future does nothing. From then on the ledger's
//! own task finishes the send, and the desk remembers where it leads, so that the session can be
//! resumed. To a party in this process a message that is still on its way to the disk travels
//! sealed; to a party elsewhere its frame waits, sealed, in the endpoint.

use std::sync::Arc;

use rumpsteak::{Send, Session as _, State};

use super::{
    Choreography, Held, Label, Position, Refused, Role, SessionError, Unsent,
    desk::{Ask, Desk, Peer, Pending},
    party::{Party, Point},
    port::Port,
    seal::{Cleared, Sealed, Verdict},
};
use crate::{
    endpoint::QueueError,
    guard::Refusal,
    identity::SeatId,
    ledger::{Admission, Reservation},
    machine::{MessageId, MessageRow, StateId},
    store::StoreError,
};

/// Which message, to which seat.
#[derive(Clone, Copy)]
pub(super) struct Plan {
    message: MessageId,
    row: &'static MessageRow,
    seat: SeatId,
}

impl Plan {
    pub(super) fn of<L: Label, To: Role<Of = L::Of>>(
        desk: &Desk<L::Of>,
        message: MessageId,
    ) -> Option<Self> {
        let row = L::Of::protocol().message(message)?;
        let fits = row.label == L::LABEL && row.to == To::ROLE;
        let (seat, _) = desk.peer(To::ROLE)?;
        fits.then_some(Self { message, row, seat })
    }

    fn label(&self, protocol: &crate::machine::Protocol) -> &'static str {
        protocol.label_name(self.row.label)
    }
}

/// Why there is no next state.
pub(super) enum Stop<'s, R: Role, M> {
    Refused {
        held: Held<'s, R>,
        message: M,
        reason: Refusal,
    },
    Fatal(SessionError),
}

impl<'s, R: Role, M> Stop<'s, R, M> {
    pub(super) fn at<K: Position<'s, Role = R>>(self) -> Unsent<K, M> {
        match self {
            Self::Refused {
                held,
                message,
                reason,
            } => Unsent::Refused(Box::new(Refused {
                state: K::place(held),
                message,
                reason,
            })),
            Self::Fatal(error) => Unsent::Fatal(error),
        }
    }
}

impl<R: Role, M> From<SessionError> for Stop<'_, R, M> {
    fn from(error: SessionError) -> Self {
        Self::Fatal(error)
    }
}

pub(super) async fn send<'s, L, To, R, N>(
    held: Held<'s, R>,
    plan: Plan,
    payload: L::Payload,
) -> Result<Held<'s, R>, Stop<'s, R, L::Payload>>
where
    L: Label<Of = R::Of>,
    To: Role<Of = R::Of>,
    R: Role,
    N: Position<'s, Role = R>,
{
    let Held { state, desk } = held;
    let result = match desk.peer(To::ROLE) {
        Some((_, Peer::Here { .. })) => send_here::<L, To, R, N>(state, desk, plan, payload).await,
        Some((_, Peer::There)) => send_there::<L, R, N>(state, desk, plan, payload).await,
        Some((_, Peer::Me)) | None => Err(SessionError::Table("such receiver").into()),
    };
    trace::<R, To, L::Payload>(plan, &result);
    result
}

fn trace<R: Role, To: Role, M>(plan: Plan, result: &Result<Held<'_, R>, Stop<'_, R, M>>) {
    let protocol = R::Of::protocol();
    let (role, peer) = (protocol.role_name(R::ROLE), protocol.role_name(To::ROLE));
    let (label, cost) = (plan.label(protocol), plan.row.cost);
    match result {
        Ok(_) => tracing::trace!(target: "aura", role, peer, label, cost, "sent"),
        Err(Stop::Refused { reason, .. }) => {
            tracing::debug!(target: "aura", role, peer, label, cost, %reason, "refused");
        }
        Err(Stop::Fatal(error)) => {
            tracing::warn!(target: "aura", role, peer, label, cost, %error, "failed");
        }
    }
}

async fn send_here<'s, L, To, R, N>(
    state: State<'s, Party<R>>,
    desk: &'s mut Desk<R::Of>,
    plan: Plan,
    payload: L::Payload,
) -> Result<Held<'s, R>, Stop<'s, R, L::Payload>>
where
    L: Label<Of = R::Of>,
    To: Role<Of = R::Of>,
    R: Role,
    N: Position<'s, Role = R>,
{
    let lost = SessionError::PeerLost {
        role: R::Of::protocol().role_name(To::ROLE),
    };
    let Some((_, Peer::Here { outgoing, .. })) = desk.peer(To::ROLE) else {
        return Err(SessionError::Table("such receiver").into());
    };
    if !outgoing.take().await {
        return Err(lost.into());
    }
    let channel: Send<'s, Party<R>, Party<To>, Cleared<L>, Point<'s, N>>;
    match desk.admit::<L>(plan.message, plan.row, plan.seat, &payload) {
        Ok(Admission::Committed(proof)) => {
            channel = state.into_session();
            let next = channel
                .send(Cleared::Open(payload, proof))
                .map_err(|_| lost)?;
            desk.advance(N::STATE);
            Ok(Held {
                state: next.state,
                desk,
            })
        }
        Ok(Admission::Reserved(reservation)) => {
            channel = state.into_session();
            let (judge, verdict) = Verdict::pending();
            let sealed = Sealed::new(L::wrap(payload), verdict.clone());
            let point = channel
                .send(Cleared::Sealed(Arc::clone(&sealed)))
                .map_err(|_| lost)?;
            desk.pending = Some(Pending {
                verdict,
                to: N::STATE,
                counted: false,
            });
            reservation.commit(move |outcome| judge.rule(outcome));
            let outcome = desk.settle().await;
            let held = Held {
                state: point.state,
                desk,
            };
            let Err(error) = outcome else { return Ok(held) };
            let message = sealed
                .take_back()
                .and_then(|message| L::unwrap(message).ok());
            let message = message.ok_or(SessionError::Table("message in a void parcel"))?;
            Err(Stop::Refused {
                held,
                message,
                reason: uncommitted::<R>(plan, &error),
            })
        }
        Err(ask) => {
            outgoing.give();
            refuse(Held { state, desk }, payload, ask)
        }
    }
}

async fn send_there<'s, L, R, N>(
    state: State<'s, Party<R>>,
    desk: &'s mut Desk<R::Of>,
    plan: Plan,
    payload: L::Payload,
) -> Result<Held<'s, R>, Stop<'s, R, L::Payload>>
where
    L: Label<Of = R::Of>,
    R: Role,
    N: Position<'s, Role = R>,
{
    let protocol = R::Of::protocol();
    let port = Arc::clone(desk.port().ok_or(SessionError::Table("endpoint"))?);
    let unfit = |cause: String| SessionError::Payload {
        message: plan.label(protocol),
        cause,
    };
    let bytes = postcard::to_stdvec(&payload).map_err(|error| unfit(error.to_string()))?;
    let slot = port
        .queue(plan.message, plan.seat, bytes)
        .await
        .map_err(|error| match error {
            QueueError::Gone => port.lost(protocol.role_name(plan.row.to)),
            QueueError::Oversized { .. } => unfit(error.to_string()),
            QueueError::State | QueueError::Full => {
                SessionError::Table("such step in the endpoint")
            }
        })?;
    match desk.admit::<L>(plan.message, plan.row, plan.seat, &payload) {
        Ok(Admission::Committed(proof)) => {
            port.settle(slot, plan.seat, Ok(proof));
            desk.moved(N::STATE);
        }
        Ok(Admission::Reserved(reservation)) => {
            submit(desk, reservation, port, slot, plan.seat, N::STATE);
            if let Err(error) = desk.settle().await {
                let reason = uncommitted::<R>(plan, &error);
                return Err(Stop::Refused {
                    held: Held { state, desk },
                    message: payload,
                    reason,
                });
            }
        }
        Err(ask) => {
            port.void(slot);
            return refuse(Held { state, desk }, payload, ask);
        }
    }
    let point: Point<'s, N> = Point::from_state(state);
    Ok(Held {
        state: point.state,
        desk,
    })
}

fn submit<P: Choreography>(
    desk: &mut Desk<P>,
    reservation: Reservation,
    port: Arc<Port>,
    slot: crate::endpoint::Slot,
    seat: SeatId,
    to: StateId,
) {
    let (judge, verdict) = Verdict::pending();
    desk.pending = Some(Pending {
        verdict,
        to,
        counted: true,
    });
    // The frame is on its way before the session hears of it, so that the next step comes after.
    reservation.commit(move |outcome| {
        let told = outcome.as_ref().map(drop).map_err(Clone::clone);
        port.settle(slot, seat, outcome);
        judge.announce(told);
    });
}

fn refuse<R: Role, M>(
    held: Held<'_, R>,
    message: M,
    ask: Ask,
) -> Result<Held<'_, R>, Stop<'_, R, M>> {
    Err(match ask {
        Ask::Refused(reason) => Stop::Refused {
            held,
            message,
            reason,
        },
        Ask::Table => SessionError::Table("tariff for the message").into(),
    })
}

fn uncommitted<R: Role>(plan: Plan, error: &StoreError) -> Refusal {
    Refusal::JournalCommitFailed {
        message: plan.label(R::Of::protocol()),
        cause: error.to_string(),
    }
}
