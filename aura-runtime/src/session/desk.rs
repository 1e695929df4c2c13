//! What a session knows besides its channels: who sits where and what each message costs here.
//!
//! Everything that a send needs is looked up once, when the session opens, and is a slot afterwards.
//! The threads of a `par` share one desk.

use std::{
    borrow::Cow,
    sync::{Arc, OnceLock},
};

use tracing::Span;

use super::{Choreography, receipts::Arrivals, watch};
use crate::{
    fact::{Fact, Origin},
    guard::{self, Demand, Refusal, Toll},
    identity::{AuthorityId, SeatId},
    ledger::{AccountSlot, Admission, CapabilityId, Committed, ContextSlot, Ledger},
    machine::{ContextIndex, MessageId, MessageRow},
    walk::Seating,
};

/// One for each fact of a message.
type Origins = Box<[Arc<Origin>]>;

#[derive(Debug)]
struct Tariff {
    capability: Option<CapabilityId>,
    context: ContextSlot,
    /// What the facts of the message have in common, by the seat that it is sent to, hashed once;
    /// nothing at all where the message leaves none.
    origins: Box<[OnceLock<Origins>]>,
}

#[derive(Debug)]
pub(crate) struct Desk {
    ledger: Arc<Ledger>,
    seating: Arc<Seating>,
    author: AuthorityId,
    tariffs: Vec<Tariff>,
    /// By context, then by seat.
    accounts: Vec<AccountSlot>,
    span: Span,
    arrivals: Arrivals,
}

/// What is said to one seat.
pub(super) struct Ask<'a, P: Choreography> {
    pub(super) id: MessageId,
    pub(super) row: &'static MessageRow,
    pub(super) to: SeatId,
    pub(super) step: u64,
    /// None for an abstention.
    pub(super) message: Option<&'a P::Message>,
}

// Derived, these would ask the same of `P`.
impl<P: Choreography> Clone for Ask<'_, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<P: Choreography> Copy for Ask<'_, P> {}

/// Why the guard chain gave no admission.
pub(super) enum Denied {
    Refused(Box<Refusal>),
    Table,
}

impl Desk {
    /// The desk of a seat; the roster has been checked against the protocol.
    pub(crate) fn open(ledger: Arc<Ledger>, seating: Arc<Seating>) -> Option<Self> {
        let (protocol, roster) = (seating.protocol(), seating.roster());
        let author = seating.authority_of(seating.me())?;
        let mut books = ledger.books();
        let tariffs = protocol.messages.iter().map(|row| {
            Some(Tariff {
                capability: row.capability.map(|row| books.capability(row.name)),
                context: books.context_slot(roster.context(row.context)?),
                origins: match row.facts {
                    [] => Box::default(),
                    _ => roster.seats.iter().map(|_| OnceLock::new()).collect(),
                },
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
        let span = watch::session(&seating);
        Some(Self {
            ledger,
            seating,
            author,
            tariffs,
            accounts,
            span,
            arrivals: Arrivals::default(),
        })
    }

    /// The receipts that have arrived.
    pub(super) fn arrivals(&self) -> &Arrivals {
        &self.arrivals
    }

    /// Who speaks here.
    pub(super) fn author(&self) -> AuthorityId {
        self.author
    }

    /// The span of the session.
    pub(super) fn span(&self) -> &Span {
        &self.span
    }

    #[inline]
    pub(super) fn seating(&self) -> &Arc<Seating> {
        &self.seating
    }

    pub(super) fn ledger(&self) -> &Arc<Ledger> {
        &self.ledger
    }

    /// Asks the guard chain for one message.
    pub(super) fn admit<P: Choreography>(&self, ask: Ask<'_, P>) -> Result<Admission, Denied> {
        let field = field(ask);
        let demand = self.demand(ask, &field).ok_or(Denied::Table)?;
        self.ledger.admit(&demand).map_err(Denied::Refused)
    }

    /// The same where the journal is memory; nothing has happened where it gives no proof.
    #[inline]
    pub(super) fn charge<'a, P: Choreography>(
        &self,
        toll: &Toll,
        ask: impl FnOnce() -> Ask<'a, P>,
    ) -> Option<Committed> {
        self.ledger.charge(toll).or_else(|| self.keep(ask()))
    }

    /// The same for a message with facts, or whose values the guard looks at.
    #[inline(never)]
    fn keep<P: Choreography>(&self, ask: Ask<'_, P>) -> Option<Committed> {
        let field = field(ask);
        self.ledger.keep(&self.demand(ask, &field)?)?.ok()
    }

    /// Asks it for several, all or none.
    pub(super) fn admit_all<P: Choreography>(
        &self,
        asks: &[Ask<'_, P>],
    ) -> Result<Admission, Denied> {
        let fields: Vec<_> = asks.iter().map(|ask| field(*ask)).collect();
        let demands: Option<Vec<_>> = asks
            .iter()
            .zip(&fields)
            .map(|(ask, field)| self.demand(*ask, field))
            .collect();
        let demands = demands.ok_or(Denied::Table)?;
        self.ledger.admit_all(&demands).map_err(Denied::Refused)
    }

    /// The facts that ride with a message.
    pub(super) fn riding<P: Choreography>(&self, ask: Ask<'_, P>) -> Vec<Fact> {
        if !ask.row.journal_merge || ask.message.is_none() {
            return Vec::new();
        }
        let field = field(ask);
        self.demand(ask, &field)
            .map(|demand| guard::facts(&demand))
            .unwrap_or_default()
    }

    /// Whether a fact is one that the sender of a message may have left for this seat with it.
    pub(super) fn may_ride(&self, fact: &Fact, row: &MessageRow, from: SeatId) -> bool {
        let (protocol, roster) = (self.seating.protocol(), self.seating.roster());
        row.facts.iter().any(|known| known.name == fact.name)
            && fact.namespace == protocol.namespace
            && fact.protocol == protocol.hash
            && Some(fact.context) == roster.context(row.context)
            && fact.session == roster.session
            && fact.role == row.from.0
            && Some(fact.author) == self.seating.authority_of(from)
            && fact.peer == self.author
    }

    /// What a message to a seat costs.
    pub(super) fn toll(&self, id: MessageId, to: SeatId) -> Option<Toll> {
        let row = self.seating.protocol().message(id)?;
        let tariff = self.tariffs.get(usize::from(id.0))?;
        let ContextIndex(context) = row.context;
        let at = usize::from(context) * self.seating.roster().seats.len() + usize::from(to.0);
        Some(Toll {
            row,
            capability: tariff.capability,
            context: tariff.context,
            account: *self.accounts.get(at)?,
        })
    }

    fn demand<'a, P: Choreography>(
        &'a self,
        ask: Ask<'_, P>,
        field: &'a dyn Fn(&str) -> Option<Vec<u8>>,
    ) -> Option<Demand<'a>> {
        let tariff = self.tariffs.get(usize::from(ask.id.0))?;
        Some(Demand {
            protocol: self.seating.protocol(),
            toll: self.toll(ask.id, ask.to)?,
            abstains: ask.message.is_none(),
            session: &self.seating.roster().session,
            step: ask.step,
            peer: &self.seating.roster().seat(ask.to)?.authority,
            origins: self.origins(tariff, ask.row, ask.to)?,
            field,
        })
    }

    /// What the facts of a message have in common.
    #[inline]
    fn origins<'a>(
        &self,
        tariff: &'a Tariff,
        row: &MessageRow,
        to: SeatId,
    ) -> Option<&'a [Arc<Origin>]> {
        if row.facts.is_empty() {
            return Some(&[]);
        }
        let known = tariff.origins.get(usize::from(to.0))?;
        if let Some(origins) = known.get() {
            return Some(origins);
        }
        let made = self.make_origins(row, to)?;
        Some(known.get_or_init(|| made))
    }

    #[cold]
    fn make_origins(&self, row: &MessageRow, to: SeatId) -> Option<Origins> {
        let (protocol, roster) = (self.seating.protocol(), self.seating.roster());
        let (context, peer) = (roster.context(row.context)?, self.seating.authority_of(to)?);
        let origins = row.facts.iter().map(|fact| {
            Origin::of(Fact {
                namespace: Cow::Borrowed(protocol.namespace),
                name: Cow::Borrowed(fact.name),
                protocol: protocol.hash,
                context,
                session: roster.session,
                step: 0,
                role: row.from.0,
                author: self.author,
                peer,
                fields: Vec::new(),
            })
        });
        Some(origins.map(|(origin, ..)| origin).collect())
    }
}

fn field<P: Choreography>(ask: Ask<'_, P>) -> impl Fn(&str) -> Option<Vec<u8>> + '_ {
    move |name| P::field(ask.message?, name)
}
