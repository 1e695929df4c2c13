//! Seats for every role of a protocol in one process, each with a ledger of its own that allows
//! whatever the protocol asks for.

use std::future::Future;
use std::sync::Arc;

use aura_runtime::endpoint::Limits;
use aura_runtime::identity::{AuthorityId, ContextId, Identity, Roster, Seat, SessionId};
use aura_runtime::ledger::Ledger;
use aura_runtime::machine::{Observer, RoleSize};
use aura_runtime::session::{Choreography, Role, Room, Session};

/// What every ledger allows for each peer.
const BUDGET: u64 = 100_000;

pub(crate) struct Stage<P: Choreography> {
    room: Room<P>,
    pub(crate) ledgers: Vec<Arc<Ledger>>,
    contexts: Vec<ContextId>,
    authorities: Vec<AuthorityId>,
}

impl<P: Choreography> Stage<P> {
    /// One seat for each role.
    pub(crate) async fn open() -> Self {
        Self::with_sizes(&[]).await
    }

    /// Seats for the members of families, too; a size for each symbol of the protocol.
    pub(crate) async fn with_sizes(sizes: &[u32]) -> Self {
        let protocol = P::protocol();
        let roles = (0u16..).zip(protocol.roles);
        let places: Vec<(u16, u32)> = roles
            .flat_map(|(role, row)| {
                let members = match row.size {
                    RoleSize::One => 1,
                    RoleSize::Family(size) => size.of(sizes).unwrap(),
                };
                (0..members).map(move |member| (role, member))
            })
            .collect();
        let seed = |at: usize| Identity::from_seed([u8::try_from(at + 1).unwrap(); 32]);
        let authorities: Vec<_> = (0..places.len()).map(|at| seed(at).id()).collect();
        let contexts: Vec<_> = (0u8..)
            .zip(protocol.contexts)
            .map(|(at, _)| ContextId::derive("group", &authorities, &[at]))
            .collect();
        let seat = |((role, member), authority): (&(u16, u32), &AuthorityId)| Seat {
            role: *role,
            member: *member,
            authority: *authority,
        };
        let roster = Roster {
            protocol: protocol.hash,
            session: SessionId::random().unwrap(),
            contexts: contexts.clone(),
            sizes: sizes.to_vec(),
            seats: places.iter().zip(&authorities).map(seat).collect(),
        };
        let mut stage = Self {
            room: Room::new(roster, Limits::default()).unwrap(),
            ledgers: Vec::new(),
            contexts,
            authorities,
        };
        for _ in &places {
            let ledger = Ledger::in_memory();
            stage.fund(&ledger, BUDGET).await;
            stage.ledgers.push(ledger);
        }
        stage
    }

    /// Allows everything that the protocol asks for, in a new epoch, up to `limit` for each peer.
    async fn fund(&self, ledger: &Ledger, limit: u64) {
        for context in &self.contexts {
            for message in P::protocol().messages {
                if let Some(capability) = message.capability {
                    ledger.grant(*context, capability.name);
                }
            }
            for peer in &self.authorities {
                ledger
                    .declare_budget(*context, *peer, 1, limit)
                    .await
                    .unwrap();
            }
            for observer in Observer::ALL {
                ledger
                    .declare_leakage(*context, observer, 9_000_000)
                    .await
                    .unwrap();
            }
        }
    }

    /// Takes the seat of a role.
    pub(crate) fn join<R: Role<Of = P>>(&mut self) -> Session<R> {
        self.room
            .join(&self.ledgers[usize::from(R::ROLE.0)])
            .unwrap()
    }

    /// Takes the seat of one member of a family; `at` is its place among all seats.
    pub(crate) fn join_member<R: Role<Of = P>>(&mut self, member: u32, at: usize) -> Session<R> {
        self.room.join_member(member, &self.ledgers[at]).unwrap()
    }

    /// What one role has spent on another, in the first context.
    pub(crate) fn spent(&self, from: usize, to: usize) -> u64 {
        let budget = self.ledgers[from].budget(self.contexts[0], self.authorities[to]);
        budget.spent
    }

    /// Takes a capability away from a role, in every context.
    pub(crate) fn revoke(&self, role: usize, capability: &str) {
        for context in &self.contexts {
            self.ledgers[role].revoke(*context, capability);
        }
    }

    /// Gives it again.
    pub(crate) fn grant(&self, role: usize, capability: &str) {
        for context in &self.contexts {
            self.ledgers[role].grant(*context, capability);
        }
    }
}

/// Runs a case to its end.
pub(crate) fn run(case: impl Future<Output = ()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(case);
}
