//! Receipts on their way with messages (DECISIONS 5).
//!
//! A message whose row asks for one carries a chain of receipts in front of its payload. Sending takes
//! the whole way: the chain that it goes on from is looked up once, before there is any waiting, since
//! another thread of the run may take in a longer one meanwhile; a nonce is taken and becomes durable in the transaction of the charge, and the receipt is signed in the ledger's task once
//! that is acknowledged. Receiving verifies the chain against the roster, the context and its epoch, and
//! makes it durable that its receipts were used, before the message is delivered; the run has not moved
//! until then. What has arrived is kept for the session, for whoever forwards it. An abstention has none.

use std::{
    sync::{Mutex, PoisonError},
    task::{Context, Poll},
};

use super::{
    Choreography, SessionError,
    desk::{Ask, Denied, Desk},
    lane::Peer,
    port::Port,
    seal::{Content, Sealed},
    seat::Seat,
    verdict::Verdict,
};
use crate::{
    endpoint::Slot,
    frame::FrameFault,
    guard::Refusal,
    identity::SeatId,
    ledger::{Admission, Committed, Draft, DraftError},
    machine::{LabelId, MessageRow, ReceiptRow},
    receipt::{Chain, Flaw, Order, ReceiptError},
    store::StoreError,
    walk::Source,
};

/// The chains that have arrived in a session, by label. Of several, the last counts.
#[derive(Debug, Default)]
pub(super) struct Arrivals(Mutex<Vec<(LabelId, Chain)>>);

impl Arrivals {
    fn keep(&self, label: LabelId, chain: Chain) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(known, _)| *known != label);
        kept.push((label, chain));
    }

    fn last_of(&self, labels: &[LabelId]) -> Option<Chain> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut kept = kept.iter().rev();
        let found = kept.find(|(label, _)| labels.contains(label));
        found.map(|(_, chain)| chain.clone())
    }
}

/// A chain at the head of a queue, on its way to the journal.
#[derive(Debug)]
pub(super) struct Proving {
    source: Source,
    chain: Chain,
    /// None once the journal has it.
    verdict: Option<Verdict>,
}

/// What is signed once the charge is in the journal; nothing, for most messages.
#[derive(Default)]
pub(super) struct Signing(Option<Box<Draft>>);

impl Signing {
    /// The content with its chain.
    pub(super) fn prove<P: Choreography>(self, content: Content<P>) -> Content<P> {
        match self.0.and_then(|draft| draft.sign()) {
            Some(chain) => content.with(chain),
            None => content,
        }
    }

    /// The same for one whose receiver has it already, sealed.
    pub(super) fn seal<P: Choreography>(self, sealed: &Sealed<P>) {
        if let Some(chain) = self.0.and_then(|draft| draft.sign()) {
            sealed.prove(chain);
        }
    }

    /// The same for a frame that waits in the endpoint, with what is behind the chain in it.
    pub(super) fn settle(
        self,
        port: &Port,
        slot: Slot,
        outcome: Result<Committed, StoreError>,
        rest: Option<Vec<u8>>,
    ) {
        let chain = match &outcome {
            Ok(_) => self.0.and_then(|draft| draft.sign()),
            Err(_) => None,
        };
        if let (Some(chain), Some(rest)) = (chain, rest) {
            port.amend(&slot, joined(&chain, &rest));
        }
        port.settle(slot, outcome);
    }
}

/// Splits what a frame carries: the bytes of its chain, and what is behind them. `None` where the
/// message should have a chain, and there is none of a length that one may have.
pub(super) fn split<'a>(row: &MessageRow, bytes: &'a [u8]) -> Option<(&'a [u8], &'a [u8])> {
    if row.receipt.is_none() {
        return Some((&[], bytes));
    }
    let (length, rest) = bytes.split_first_chunk::<2>()?;
    let length = usize::from(u16::from_le_bytes(*length));
    if length > Chain::MOST_BYTES {
        return None;
    }
    rest.split_at_checked(length)
}

/// The bytes of a frame: the chain, and what is behind it.
fn joined(chain: &Chain, rest: &[u8]) -> Vec<u8> {
    let chain = chain.bytes();
    // A chain has at most so many bytes.
    let length = u16::try_from(chain.len()).unwrap_or(u16::MAX);
    [&length.to_le_bytes()[..], &chain, rest].concat()
}

impl Desk {
    /// The chain that a message goes on from, of those that have arrived by now.
    pub(super) fn behind(&self, row: &MessageRow) -> Option<Chain> {
        match row.receipt {
            ReceiptRow::Forward(labels) => self.arrivals().last_of(labels),
            ReceiptRow::None | ReceiptRow::Root => None,
        }
    }

    /// What is queued before the charge, and what will follow the chain in its place: a frame is given
    /// the room that its chain may take. Without a receipt it is what it is.
    pub(super) fn room(
        row: &MessageRow,
        behind: Option<&Chain>,
        payload: Option<Vec<u8>>,
    ) -> (Option<Vec<u8>>, Option<Vec<u8>>) {
        if row.receipt.is_none() {
            return (payload, None);
        }
        let behind = behind.map_or(0, |chain| chain.receipts().len());
        let room = payload.as_ref().map(|rest| {
            let chain = Chain::room(behind + 1);
            vec![0; 2 + chain + rest.len()]
        });
        (room, payload)
    }

    /// Asks the guard chain for one message, and takes a nonce for its receipt behind a chain.
    pub(super) fn admit_signed<P: Choreography>(
        &self,
        ask: Ask<'_, P>,
        behind: Option<Chain>,
    ) -> Result<(Admission, Signing), Denied> {
        if ask.row.receipt.is_none() {
            return Ok((self.admit(ask)?, Signing(None)));
        }
        let signing = self.draft(ask, behind)?;
        let admission = issued(self.admit(ask)?, std::slice::from_ref(&signing));
        Ok((admission, signing))
    }

    /// The same for several, all or none.
    pub(super) fn admit_all_signed<P: Choreography>(
        &self,
        asks: &[Ask<'_, P>],
        behind: Option<&Chain>,
    ) -> Result<(Admission, Vec<Signing>), Denied> {
        let signings = asks.iter().map(|ask| self.draft(*ask, behind.cloned()));
        let signings = signings.collect::<Result<Vec<_>, _>>()?;
        Ok((issued(self.admit_all(asks)?, &signings), signings))
    }

    /// The receipt of one message, with a nonce of its own.
    fn draft<P: Choreography>(
        &self,
        ask: Ask<'_, P>,
        behind: Option<Chain>,
    ) -> Result<Signing, Denied> {
        let (seating, row) = (self.seating(), ask.row);
        let protocol = seating.protocol();
        let message = protocol.label_name(row.label);
        let refuse = |reason| Denied::Refused(Box::new(reason));
        let behind = match row.receipt {
            _ if ask.message.is_none() => return Ok(Signing(None)),
            ReceiptRow::None => return Ok(Signing(None)),
            ReceiptRow::Root => None,
            ReceiptRow::Forward(labels) => {
                let awaited = labels
                    .first()
                    .map_or("?", |label| protocol.label_name(*label));
                let missing = Refusal::ReceiptMissing { message, awaited };
                Some(behind.ok_or_else(|| refuse(missing))?)
            }
        };
        let context = seating.roster().context(row.context);
        let to = context.zip(seating.authority_of(ask.to));
        let to = to.ok_or(Denied::Table)?;
        let draft = self
            .ledger()
            .draft_receipt(self.author(), to, row.cost, behind);
        let draft = draft.map_err(|error| {
            refuse(match error {
                DraftError::Invalid(cause) => Refusal::ReceiptInvalid { message, cause },
                DraftError::Unsigned => Refusal::ReceiptUnsigned { message },
            })
        })?;
        Ok(Signing(Some(Box::new(draft))))
    }

    /// Takes in a chain that came with a message; `Some` where the journal will say so.
    fn accept(
        &self,
        chain: &Chain,
        row: &MessageRow,
        from: SeatId,
    ) -> Result<Option<Verdict>, ReceiptError> {
        let (seating, hops) = (self.seating(), chain.receipts());
        let last = hops.last().ok_or(Flaw::Length(0).at(0))?.receipt();
        let at = hops.len() - 1;
        let is_root = matches!(row.receipt, ReceiptRow::Root);
        if is_root != (hops.len() == 1) {
            return Err(Flaw::Length(hops.len()).at(at));
        }
        if seating.authority_of(from) != Some(last.source) {
            return Err(Flaw::Source(last.source).at(at));
        }
        if last.cost != row.cost {
            let (found, expected) = (last.cost, row.cost);
            return Err(Flaw::Cost { found, expected }.at(at));
        }
        let roster = seating.roster();
        // The roster was checked against the protocol: each row has its context.
        let context = roster.context(row.context);
        let context = context.ok_or(Flaw::Context(last.context).at(at))?;
        let members = roster.seats.iter().map(|seat| seat.authority).collect();
        let (judge, verdict) = Verdict::pending();
        let then = move |outcome| judge.announce(outcome);
        let place = (self.author(), context);
        let told = self
            .ledger()
            .take_chain(place, &members, chain, Order::Window, then)?;
        Ok((!told).then_some(verdict))
    }
}

/// The nonces become durable with the charge.
fn issued(admission: Admission, signings: &[Signing]) -> Admission {
    match admission {
        Admission::Reserved(reservation) => {
            let drafts = signings.iter().filter_map(|signing| signing.0.as_ref());
            let records = drafts.map(|draft| draft.record()).collect();
            Admission::Reserved(Box::new(reservation.also(records)))
        }
        other => other,
    }
}

impl<P: Choreography> Seat<P> {
    /// Verifies the chain at the head of a queue and makes it durable that it was used, once, before
    /// the message is delivered. A chain that does not hold is an error of its sender's.
    pub(super) fn poll_prove(
        &mut self,
        source: Source,
        row: &MessageRow,
        context: &mut Context<'_>,
    ) -> Result<Poll<()>, SessionError> {
        let known = self.proving.iter().position(|it| it.source == source);
        let at = if let Some(at) = known {
            at
        } else {
            let taken = self.shown(source, row).and_then(|chain| {
                let verdict = self.desk.accept(&chain, row, source.seat)?;
                Ok(Proving {
                    source,
                    chain,
                    verdict,
                })
            });
            let taken = taken.map_err(|cause| self.unproven(source.seat, row, cause))?;
            self.proving.push(taken);
            self.proving.len() - 1
        };
        let Some(verdict) = &self.proving[at].verdict else {
            return Ok(Poll::Ready(()));
        };
        match verdict.poll(context) {
            Poll::Pending => Ok(Poll::Pending),
            Poll::Ready(Ok(())) => {
                self.proving[at].verdict = None;
                Ok(Poll::Ready(()))
            }
            Poll::Ready(Err(error)) => {
                self.proving.swap_remove(at);
                Err(SessionError::Journal {
                    cause: error.to_string(),
                })
            }
        }
    }

    /// The message has been taken: its chain can be forwarded.
    pub(super) fn keep_receipt(&mut self, source: Source, row: &MessageRow) {
        let at = self.proving.iter().position(|it| it.source == source);
        if let Some(at) = at {
            let proved = self.proving.swap_remove(at);
            self.desk.arrivals().keep(row.label, proved.chain);
        }
    }

    /// The chain that came with the head of a queue.
    fn shown(&self, source: Source, row: &MessageRow) -> Result<Chain, ReceiptError> {
        let found = match self.peer(source) {
            Some(Peer::There) => {
                let port = self.port.as_ref();
                return port.map_or(Err(Flaw::Length(0).at(0)), |port| port.receipt(source, row));
            }
            Some(Peer::Here(lane)) => lane
                .head
                .as_ref()
                .and_then(|parcel| parcel.letter().chain()),
            _ => None,
        };
        found.cloned().ok_or(Flaw::Length(0).at(0))
    }

    fn unproven(&self, from: SeatId, row: &MessageRow, cause: ReceiptError) -> SessionError {
        let message = P::protocol().label_name(row.label);
        let fault = FrameFault::Receipt { message, cause };
        self.fault(from, fault).into()
    }
}
