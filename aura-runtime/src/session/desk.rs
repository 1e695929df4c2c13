//! What a session knows besides its channels: who sits where, what each message costs here, and
//! where the run stands.
//!
//! Everything that a send needs is looked up once, when the session opens, and is a slot afterwards.

use std::{fmt, sync::Arc};

use super::{
    Choreography, Label,
    credit::Credit,
    port::Port,
    seal::{Sealed, Verdict},
};
use crate::{
    guard::{Demand, Refusal},
    identity::{AuthorityId, Roster, SeatId},
    ledger::{AccountSlot, Admission, CapabilityId, ContextSlot, Ledger},
    machine::{MessageId, MessageRow, RoleId, StateId},
    store::StoreError,
};

/// How a seat is reached.
#[derive(Clone, Debug)]
pub(crate) enum Peer {
    /// It is this one.
    Me,
    /// In this process, over a rumpsteak channel; with the permits of both directions.
    Here {
        outgoing: Arc<Credit>,
        incoming: Arc<Credit>,
    },
    /// Elsewhere, through the endpoint.
    There,
}

/// A send that has been submitted to the ledger.
#[derive(Debug)]
pub(super) struct Pending {
    pub(super) verdict: Verdict,
    pub(super) to: StateId,
    /// Whether the endpoint moves by itself once the ledger has answered.
    pub(super) counted: bool,
}

#[derive(Debug)]
struct Tariff {
    capability: Option<CapabilityId>,
    context: ContextSlot,
}

pub(crate) struct Desk<P: Choreography> {
    ledger: Arc<Ledger>,
    roster: Arc<Roster>,
    author: AuthorityId,
    tariffs: Vec<Tariff>,
    accounts: Vec<AccountSlot>,
    /// For each role, its first seat.
    first_seats: Vec<SeatId>,
    peers: Vec<Peer>,
    port: Option<Arc<Port>>,
    state: StateId,
    step: u64,
    pub(super) pending: Option<Pending>,
    /// A parcel that was taken from its channel and is still sealed.
    pub(super) sealed: Option<Arc<Sealed<P>>>,
}

impl<P: Choreography> fmt::Debug for Desk<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Desk")
            .field("protocol", &P::protocol().name)
            .field("session", &self.roster.session)
            .field("author", &self.author)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl<P: Choreography> Desk<P> {
    /// The desk of `seat`; the roster has been checked against the protocol.
    pub(crate) fn open(
        ledger: Arc<Ledger>,
        roster: Arc<Roster>,
        seat: SeatId,
        peers: Vec<Peer>,
        port: Option<Arc<Port>>,
    ) -> Option<Self> {
        let protocol = P::protocol();
        let author = roster.seat(seat)?.authority;
        let mut books = ledger.books();
        let tariffs = protocol.messages.iter().map(|row| {
            Some(Tariff {
                capability: row.capability.map(|row| books.capability(row.name)),
                context: books.context_slot(roster.context(row.context)?),
            })
        });
        let tariffs = tariffs.collect::<Option<_>>()?;
        let mut accounts = Vec::with_capacity(roster.contexts.len() * roster.seats.len());
        for context in &roster.contexts {
            for seat in &roster.seats {
                accounts.push(books.account_slot(*context, seat.authority));
            }
        }
        drop(books);
        let roles = (0u16..).zip(protocol.roles).map(|(role, _)| RoleId(role));
        let first_seats = roles
            .map(|role| roster.seat_of(role, 0))
            .collect::<Option<_>>()?;
        Some(Self {
            ledger,
            roster,
            author,
            tariffs,
            accounts,
            first_seats,
            peers,
            port,
            state: StateId::START,
            step: 0,
            pending: None,
            sealed: None,
        })
    }

    /// Where the run stands, if no send is on its way.
    pub(super) fn position(&self) -> Option<StateId> {
        self.pending.is_none().then_some(self.state)
    }

    /// Waits for a send that is on its way to the journal, and moves the run if it got there.
    pub(super) async fn settle(&mut self) -> Result<(), StoreError> {
        let Some(pending) = &mut self.pending else {
            return Ok(());
        };
        let outcome = pending.verdict.wait().await;
        let (to, counted) = (pending.to, pending.counted);
        self.pending = None;
        outcome?;
        if counted {
            self.moved(to);
        } else {
            self.advance(to);
        }
        Ok(())
    }

    /// Moves the run. An endpoint, if there is one, moves along where the step passed it by.
    pub(super) fn advance(&mut self, to: StateId) {
        if let Some(port) = &self.port {
            port.step(to);
        }
        self.moved(to);
    }

    /// Moves the run after a step that the endpoint has seen.
    pub(super) fn moved(&mut self, to: StateId) {
        self.state = to;
        self.step += 1;
    }

    pub(super) fn state(&self) -> StateId {
        self.state
    }

    pub(super) fn port(&self) -> Option<&Arc<Port>> {
        self.port.as_ref()
    }

    /// The seat of a role and how it is reached.
    pub(super) fn peer(&self, role: RoleId) -> Option<(SeatId, &Peer)> {
        let seat = *self.first_seats.get(usize::from(role.0))?;
        Some((seat, self.peers.get(usize::from(seat.0))?))
    }

    /// Asks the guard chain.
    pub(super) fn admit<L: Label<Of = P>>(
        &self,
        message: MessageId,
        row: &'static MessageRow,
        to: SeatId,
        payload: &L::Payload,
    ) -> Result<Admission, Ask> {
        let tariff = self.tariffs.get(usize::from(message.0)).ok_or(Ask::Table)?;
        let at = usize::from(row.context.0) * self.roster.seats.len() + usize::from(to.0);
        let demand = Demand {
            protocol: P::protocol(),
            row,
            capability: tariff.capability,
            context: tariff.context,
            account: *self.accounts.get(at).ok_or(Ask::Table)?,
            session: self.roster.session,
            step: self.step,
            author: self.author,
            peer: self.roster.seat(to).ok_or(Ask::Table)?.authority,
            field: &|name| L::field(payload, name),
        };
        self.ledger.admit(&demand).map_err(Ask::Refused)
    }
}

/// Why the guard chain gave no admission.
pub(super) enum Ask {
    Refused(Refusal),
    Table,
}

impl<P: Choreography> Drop for Desk<P> {
    /// Peers learn that nobody will take or answer any more.
    fn drop(&mut self) {
        for peer in &self.peers {
            if let Peer::Here { incoming, .. } = peer {
                incoming.close();
            }
        }
        if let Some(port) = &self.port {
            port.close();
        }
    }
}
