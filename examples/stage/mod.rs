//! What every example needs before its story begins: names for the parties, a roster, and ledgers
//! that allow what the protocol asks for.
#![allow(dead_code, reason = "each example uses the parts that it needs")]

use std::{error::Error, sync::Arc};

use aura_runtime::{
    identity::{AuthorityId, ContextId, Identity, Roster, Seat, SessionId},
    ledger::Ledger,
    machine::Observer,
    session::Choreography,
};

/// The authority in a seat.
pub(crate) fn authority(seat: usize) -> AuthorityId {
    let mut seed = [1; 32];
    seed[..8].copy_from_slice(&(seat as u64).to_le_bytes());
    Identity::from_seed(seed).id()
}

/// A roster for a new session: an authority of its own in each seat.
pub(crate) fn roster<P: Choreography>(sizes: &[u32]) -> Result<Roster, Box<dyn Error>> {
    let protocol = P::protocol();
    let mut roster = Roster {
        protocol: protocol.hash,
        session: SessionId::random()?,
        contexts: Vec::new(),
        sizes: sizes.to_vec(),
        seats: Vec::new(),
    };
    for (role, row) in (0u16..).zip(protocol.roles) {
        for member in 0..roster.members(row.size) {
            let authority = authority(roster.seats.len());
            roster.seats.push(Seat {
                role,
                member,
                authority,
            });
        }
    }
    let members: Vec<_> = roster.seats.iter().map(|seat| seat.authority).collect();
    roster.contexts = (0u8..)
        .zip(protocol.contexts)
        .map(|(number, _)| ContextId::derive("group", &members, &[number]))
        .collect();
    Ok(roster)
}

/// A ledger that holds every capability of the protocol, with `limit` to spend on each party.
pub(crate) async fn ledger<P: Choreography>(
    roster: &Roster,
    limit: u64,
) -> Result<Arc<Ledger>, Box<dyn Error>> {
    let ledger = Ledger::in_memory();
    for context in &roster.contexts {
        for row in P::protocol().messages {
            if let Some(capability) = row.capability {
                ledger.grant(*context, capability.name);
            }
        }
        for seat in &roster.seats {
            ledger
                .declare_budget(*context, seat.authority, 1, limit)
                .await?;
        }
        for observer in Observer::ALL {
            ledger
                .declare_leakage(*context, observer, u64::MAX / 2)
                .await?;
        }
    }
    Ok(ledger)
}
