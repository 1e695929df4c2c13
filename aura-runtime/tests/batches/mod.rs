//! What tests of stores write: a budget, and sends that it pays for.

use aura_runtime::{
    identity::{AuthorityId, ContextId, SessionId},
    store::{Record, SentRecord},
};

const CONTEXT: ContextId = ContextId([2; 32]);
const PEER: AuthorityId = AuthorityId([6; 32]);

pub(crate) fn budget() -> Record {
    Record::Budget {
        context: CONTEXT,
        peer: PEER,
        epoch: 1,
        limit: 1_000_000,
    }
}

/// A send of a session, without facts.
pub(crate) fn sent(step: u64) -> Record {
    Record::Send(Box::new(SentRecord {
        context: CONTEXT,
        peer: PEER,
        epoch: 1,
        cost: 3,
        leak: [1, 0, 2],
        session: SessionId([3; 16]),
        step,
        label: "Label",
        facts: vec![],
        log: None,
    }))
}
