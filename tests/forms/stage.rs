//! A stage for any protocol: authorities, ledgers that allow what is tested, a room or nodes.

use std::{marker::PhantomData, sync::Arc};

use aura_runtime::{
    endpoint::Limits,
    identity::{AuthorityId, ContextId, Identity, Roster, Seat, SessionId},
    ledger::Ledger,
    machine::{Observer, Protocol},
    node::{Node, NodeLimits},
    session::{Choreography, Role, Room, Session},
    store::MemoryStore,
    transport::{Connection, memory},
};

/// What every budget allows.
pub(crate) const LIMIT: u64 = 100_000;

pub(crate) struct Stage<P> {
    roster: Roster,
    pub(crate) ledgers: Vec<Arc<Ledger>>,
    pub(crate) nodes: Vec<Node>,
    protocol: PhantomData<P>,
}

fn identity(seat: usize) -> Identity {
    let mut seed = [7; 32];
    seed[0] = u8::try_from(seat).unwrap();
    Identity::from_seed(seed)
}

impl<P: Choreography> Stage<P> {
    /// Everybody has a ledger in memory, with everything granted.
    pub(crate) async fn new(sizes: &[u32]) -> Self {
        Self::with(sizes, |_| Ledger::in_memory()).await
    }

    /// Everybody has a ledger over a store in memory, which tests can hold back and look into.
    pub(crate) async fn journaled(sizes: &[u32]) -> (Self, Vec<MemoryStore>) {
        let protocol = P::protocol();
        let stores: Vec<_> = (0..roster(protocol, sizes).seats.len())
            .map(|_| MemoryStore::default())
            .collect();
        let stage = Self::with(sizes, |seat| Ledger::open(stores[seat].clone()).unwrap()).await;
        (stage, stores)
    }

    /// Seat by seat, the node that it is on; each node has an authority and a ledger.
    pub(crate) async fn placed(sizes: &[u32], places: &[usize]) -> Self {
        let mut stage = Self::new(sizes).await;
        for (seat, place) in stage.roster.seats.iter_mut().zip(places) {
            seat.authority = identity(*place).id();
        }
        stage.connect();
        stage
    }

    /// Everybody has the ledger that is made for the seat, with everything granted.
    pub(crate) async fn with(sizes: &[u32], ledger: impl Fn(usize) -> Arc<Ledger>) -> Self {
        let protocol = P::protocol();
        let roster = roster(protocol, sizes);
        roster.check(protocol).unwrap();
        let ledgers: Vec<_> = (0..roster.seats.len()).map(ledger).collect();
        for (seat, ledger) in ledgers.iter().enumerate() {
            allow(protocol, &roster, ledger).await;
            ledger.sign_receipts(identity(seat));
        }
        Self {
            roster,
            ledgers,
            nodes: Vec::new(),
            protocol: PhantomData,
        }
    }

    pub(crate) fn roster(&self) -> Roster {
        self.roster.clone()
    }

    pub(crate) fn room(&self) -> Room<P> {
        Room::new(self.roster(), Limits::default()).unwrap()
    }

    pub(crate) fn authority(&self, seat: usize) -> AuthorityId {
        self.roster.seats[seat].authority
    }

    pub(crate) fn context(&self) -> ContextId {
        self.roster.contexts[0]
    }

    /// The next session is another one.
    pub(crate) fn renew(&mut self) {
        self.roster.session.0[0] += 1;
    }

    /// What a seat has spent towards another.
    pub(crate) fn spent(&self, from: usize, to: usize) -> u64 {
        let budget = self.ledgers[from].budget(self.context(), self.authority(to));
        budget.spent
    }

    /// A node for each seat, each connected to each.
    pub(crate) fn connect(&mut self) {
        self.connect_over(memory::pair);
    }

    /// The same with bounds of one's own.
    pub(crate) fn connect_with(&mut self, limits: NodeLimits) {
        self.connected(memory::pair, limits);
    }

    /// The same over connections of one's own making.
    pub(crate) fn connect_over(
        &mut self,
        pair: impl FnMut(AuthorityId, AuthorityId) -> (Connection, Connection),
    ) {
        self.connected(pair, NodeLimits::default());
    }

    fn connected(
        &mut self,
        mut pair: impl FnMut(AuthorityId, AuthorityId) -> (Connection, Connection),
        limits: NodeLimits,
    ) {
        self.nodes = self
            .ledgers
            .iter()
            .enumerate()
            .map(|(seat, ledger)| Node::new(identity(seat), Arc::clone(ledger), limits))
            .collect();
        for left in 0..self.nodes.len() {
            for right in left + 1..self.nodes.len() {
                let (near, far) = pair(identity(left).id(), identity(right).id());
                self.nodes[left].attach(near);
                self.nodes[right].attach(far);
            }
        }
    }

    /// Seat 0 opens the session.
    pub(crate) async fn open<R: Role<Of = P>>(&self) -> Session<R> {
        self.node(0).open::<R>(self.roster()).await.unwrap()
    }

    pub(crate) fn node(&self, at: usize) -> &Node {
        &self.nodes[at]
    }

    /// Another seat accepts it. The offer stands when this returns.
    pub(crate) fn accept<R: Role<Of = P>>(
        &self,
        seat: usize,
    ) -> impl Future<Output = Session<R>> + Send + use<R, P> {
        let mut acceptor = self.nodes[seat].offer::<R>(|_, _| true);
        async move { acceptor.accept().await.unwrap() }
    }
}

fn roster(protocol: &Protocol, sizes: &[u32]) -> Roster {
    let mut roster = Roster {
        protocol: protocol.hash,
        session: SessionId([9; 16]),
        contexts: (0u8..)
            .zip(protocol.contexts)
            .map(|(number, _)| ContextId([number; 32]))
            .collect(),
        sizes: sizes.to_vec(),
        seats: Vec::new(),
    };
    for (role, row) in (0u16..).zip(protocol.roles) {
        for member in 0..roster.members(row.size) {
            let authority = identity(roster.seats.len()).id();
            roster.seats.push(Seat {
                role,
                member,
                authority,
            });
        }
    }
    roster
}

async fn allow(protocol: &Protocol, roster: &Roster, ledger: &Ledger) {
    for context in &roster.contexts {
        for row in protocol.messages {
            if let Some(capability) = row.capability {
                ledger.grant(*context, capability.name);
            }
        }
        for seat in &roster.seats {
            ledger
                .declare_budget(*context, seat.authority, 1, LIMIT)
                .await
                .unwrap();
        }
        for observer in Observer::ALL {
            ledger
                .declare_leakage(*context, observer, 1_000_000_000)
                .await
                .unwrap();
        }
    }
}
