//! The guard chain by itself, for the benchmark of `benches/ledger`: what a session's seat asks of a ledger
//! in memory for one message, without the session.

use std::borrow::Cow;

use super::Ledger;
use crate::{
    fact::{Fact, Origin},
    guard::{Demand, Toll},
    identity::{AuthorityId, ContextId, SessionId},
    machine::Protocol,
    sync::Arc,
};

/// One message of a protocol, towards one peer.
pub struct Chain {
    ledger: Arc<Ledger>,
    protocol: &'static Protocol,
    toll: Toll,
    session: SessionId,
    peer: AuthorityId,
    origins: Vec<Arc<Origin>>,
}

impl std::fmt::Debug for Chain {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Chain").finish_non_exhaustive()
    }
}

impl Chain {
    /// The message at a place of the protocol's table, as `author` sends it to `peer`; `None` where
    /// there is no such message.
    pub fn new(
        ledger: &Arc<Ledger>,
        protocol: &'static Protocol,
        message: usize,
        context: ContextId,
        [author, peer]: [AuthorityId; 2],
    ) -> Option<Self> {
        let row = protocol.messages.get(message)?;
        let session = SessionId([3; 16]);
        let origins = row.facts.iter().map(|fact| {
            Origin::of(Fact {
                namespace: Cow::Borrowed(protocol.namespace),
                name: Cow::Borrowed(fact.name),
                protocol: protocol.hash,
                context,
                session,
                step: 0,
                role: row.from.0,
                author,
                peer,
                fields: Vec::new(),
            })
            .0
        });
        let mut books = ledger.books();
        Some(Self {
            ledger: Arc::clone(ledger),
            protocol,
            toll: Toll {
                row,
                capability: row.capability.map(|row| books.capability(row.name)),
                context: books.context_slot(context),
                account: books.account_slot(context, peer),
            },
            session,
            peer,
            origins: origins.collect(),
        })
    }

    /// Asks for one send; whether it was allowed, and is charged.
    pub fn send(&self, step: u64) -> bool {
        if self.ledger.charge(&self.toll).is_some() {
            return true;
        }
        let demand = Demand {
            protocol: self.protocol,
            toll: self.toll,
            abstains: false,
            session: &self.session,
            step,
            peer: &self.peer,
            origins: &self.origins,
            field: &|_| None,
        };
        matches!(self.ledger.keep(&demand), Some(Ok(_)))
    }
}
