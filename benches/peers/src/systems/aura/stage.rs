//! What a session needs before it can run: authorities, a context, ledgers with budgets, rooms and
//! nodes.

use std::sync::Arc;

use aura_runtime::{
    endpoint::Limits,
    identity::{ContextId, Identity, Roster, Seat, SessionId},
    ledger::Ledger,
    machine::{Observer, Protocol},
    node::{Node, NodeLimits},
    session::{Choreography, Room},
    transport::memory,
};

use crate::scenario::Failure;

/// More than any run spends.
const PLENTY: u64 = u64::MAX / 4;

/// The authorities of a protocol's roles, one each, and where they meet.
pub(super) struct Stage {
    protocol: &'static Protocol,
    context: ContextId,
}

fn identity(role: u16) -> Identity {
    let mut seed = [7; 32];
    seed[..2].copy_from_slice(&role.to_le_bytes());
    Identity::from_seed(seed)
}

impl Stage {
    pub(super) fn of<P: Choreography>() -> Self {
        let protocol = P::protocol();
        let members: Vec<_> = (0u16..)
            .zip(protocol.roles)
            .map(|(role, _)| identity(role).id())
            .collect();
        Self {
            protocol,
            context: ContextId::derive("group", &members, b"peers"),
        }
    }

    pub(super) fn roster(&self) -> Roster {
        let seats = (0u16..).zip(self.protocol.roles).map(|(role, _)| Seat {
            role,
            member: 0,
            authority: identity(role).id(),
        });
        Roster {
            protocol: self.protocol.hash,
            session: SessionId([3; 16]),
            contexts: vec![self.context],
            sizes: vec![],
            seats: seats.collect(),
        }
    }

    /// The ledger of a role: every capability, and budgets that last.
    pub(super) async fn ledger(&self) -> Result<Arc<Ledger>, Failure> {
        let ledger = Ledger::in_memory();
        for row in self.protocol.messages {
            if let Some(capability) = row.capability {
                ledger.grant(self.context, capability.name);
            }
        }
        for (role, _) in (0u16..).zip(self.protocol.roles) {
            let peer = identity(role).id();
            ledger.declare_budget(self.context, peer, 1, PLENTY).await?;
        }
        for observer in Observer::ALL {
            ledger
                .declare_leakage(self.context, observer, PLENTY)
                .await?;
        }
        Ok(ledger)
    }

    pub(super) fn room<P: Choreography>(&self) -> Result<Room<P>, Failure> {
        self.room_of(self.roster())
    }

    pub(super) fn room_of<P: Choreography>(&self, roster: Roster) -> Result<Room<P>, Failure> {
        Ok(Room::new(roster, Limits::default())?)
    }

    /// A node for each role, each joined to each.
    pub(super) async fn nodes(&self) -> Result<Vec<Node>, Failure> {
        let mut nodes: Vec<Node> = Vec::new();
        for (role, _) in (0u16..).zip(self.protocol.roles) {
            let node = Node::new(identity(role), self.ledger().await?, NodeLimits::default());
            for other in &nodes {
                let (near, far) = memory::pair(node.authority(), other.authority());
                node.attach(near);
                other.attach(far);
            }
            nodes.push(node);
        }
        Ok(nodes)
    }

    /// The nodes of the first two roles, not joined.
    pub(super) async fn pair(&self) -> Result<[Node; 2], Failure> {
        let node = |role, ledger| Node::new(identity(role), ledger, NodeLimits::default());
        Ok([node(0, self.ledger().await?), node(1, self.ledger().await?)])
    }
}
