//! The threads of a `par`: seats of their own, with the channels that are theirs, below the seat that
//! forks them. (DECISIONS 37.)
//!
//! A thread stays where it is between two forks: what its queues still owe is absorbed in a later
//! round. Values that local steps read are handed down at the fork and back at the join.

use std::{collections::BTreeSet, pin::Pin, sync::Arc};

use super::{
    Choreography, Held, Role, SessionError, clock::Time, desk::Desk, lane::Peer, port::Port,
    seat::Seat,
};
use crate::{
    machine::{Action, Machine, MachineId, PeerRow, ThreadRow},
    walk::Source,
};

/// A thread, whether it runs or not.
pub(super) struct Thread<P: Choreography> {
    machine: MachineId,
    pub(super) seat: Box<Seat<P>>,
}

impl<P: Choreography> Thread<P> {
    /// The threads that a machine may fork, each with its lanes, whose shadows stay in `peers`.
    pub(super) fn all(
        peers: &mut [Peer<P>],
        desk: &Arc<Desk>,
        machine: MachineId,
        port: Option<&Arc<Port>>,
        time: &Time,
    ) -> Option<Vec<Self>> {
        let protocol = P::protocol();
        let forks = protocol.machine(machine)?.edges.iter();
        let rows = forks.filter_map(|edge| match edge.action {
            Action::Fork(rows) => Some(rows),
            _ => None,
        });
        // A thread stands behind the machine that forks it, so this ends.
        let machines: BTreeSet<MachineId> = rows
            .flatten()
            .map(|row| row.machine)
            .filter(|thread| *thread > machine)
            .collect();
        let mut threads = Vec::with_capacity(machines.len());
        for machine in machines {
            let below = below(machine, protocol)?;
            let places: BTreeSet<usize> = below.iter().flat_map(|row| places(desk, *row)).collect();
            let peers = peers.iter_mut().enumerate();
            let peers = peers.map(|(place, peer)| {
                if places.contains(&place) {
                    peer.lend()
                } else {
                    peer.shadow()
                }
            });
            let mut seat = Seat::new(peers.collect(), Arc::clone(desk), machine, port.cloned())?;
            seat.set_time(time);
            threads.push(Self {
                machine,
                seat: Box::new(seat),
            });
        }
        Some(threads)
    }
}

/// Whom a thread and the threads below it speak to.
fn below(machine: MachineId, protocol: &crate::machine::Protocol) -> Option<Vec<PeerRow>> {
    let table: &Machine = protocol.machine(machine)?;
    let mut rows = Vec::new();
    for edge in table.edges {
        match edge.action {
            Action::Send { to: peer, .. }
            | Action::Receive { from: peer, .. }
            | Action::Gather { from: peer, .. } => rows.push(peer),
            Action::Fork(threads) => {
                for thread in threads.iter().filter(|thread| thread.machine > machine) {
                    rows.extend(below(thread.machine, protocol)?);
                }
            }
            Action::Local | Action::Arm(_) => {}
        }
    }
    Some(rows)
}

fn places(desk: &Desk, row: PeerRow) -> Vec<usize> {
    let seating = desk.seating();
    let members = 0..seating.members(row.role);
    members
        .filter_map(|member| seating.seat_of(row.role, member))
        .map(|seat| {
            let queue = row.queue;
            Source { seat, queue }.place(seating.protocol())
        })
        .collect()
}

/// The threads of one fork, to be taken in their order. Generated code does.
pub struct Threads<'t, P: Choreography> {
    seats: std::vec::IntoIter<(MachineId, &'t mut Seat<P>)>,
}

impl<P: Choreography> std::fmt::Debug for Threads<'_, P> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Threads")
            .field("left", &self.seats.len())
            .finish()
    }
}

impl<'t, P: Choreography> Threads<'t, P> {
    /// The next thread, whose role is `T`.
    #[doc(hidden)]
    pub fn thread<T: Role<Of = P>>(&mut self) -> Result<Held<'t, P>, SessionError> {
        match self.seats.next() {
            Some((machine, seat)) if machine == T::MACHINE => Ok(Held::enter(seat)),
            _ => Err(SessionError::Table("such thread")),
        }
    }
}

impl<P: Choreography> Seat<P> {
    fn rows(&self, at: u16) -> Result<&'static [ThreadRow], SessionError> {
        match self.walk.edge(at).map(|edge| edge.action) {
            Some(Action::Fork(rows)) => Ok(rows),
            _ => Err(SessionError::Table("such fork")),
        }
    }

    /// Starts the threads, unless they run already.
    pub(super) fn fork(&mut self, at: u16) -> Result<bool, SessionError> {
        let rows = self.rows(at)?;
        if self.forked {
            return Ok(false);
        }
        let (counters, now) = (self.walk.counters().to_vec(), self.time.now());
        for row in rows {
            let known = self.known.clone();
            let thread = self.thread(row.machine)?;
            thread.known.extend(known);
            thread.walk.enter(row.entry, &counters, now);
        }
        self.forked = true;
        Ok(true)
    }

    fn thread(&mut self, machine: MachineId) -> Result<&mut Seat<P>, SessionError> {
        self.threads
            .iter_mut()
            .find(|thread| thread.machine == machine)
            .map(|thread| &mut *thread.seat)
            .ok_or(SessionError::Table("such thread"))
    }

    /// Waits for the threads' sends that are on their way to the journal, so that each is resumed
    /// where it stands. A thread whose write has failed is where it was.
    pub(super) fn settle_threads(&mut self) -> Pin<Box<dyn Future<Output = ()> + Send + '_>> {
        Box::pin(async {
            for thread in &mut self.threads {
                let _ = thread.seat.settle().await;
                thread.seat.settle_threads().await;
            }
        })
    }

    /// The threads of the fork, in the order of its row.
    pub(super) fn threads(&mut self, at: u16) -> Result<Threads<'_, P>, SessionError> {
        let rows = self.rows(at)?;
        let place = |machine| rows.iter().position(|row| row.machine == machine);
        let mut seats: Vec<_> = self
            .threads
            .iter_mut()
            .filter_map(|thread| Some((place(thread.machine)?, thread)))
            .collect();
        seats.sort_by_key(|(at, _)| *at);
        let seats: Vec<_> = seats
            .into_iter()
            .map(|(_, thread)| (thread.machine, &mut *thread.seat))
            .collect();
        Ok(Threads {
            seats: seats.into_iter(),
        })
    }

    /// Goes on behind a fork all of whose threads have ended.
    pub(super) fn join(&mut self, at: u16) -> Result<(), SessionError> {
        let edge = self.walk.edge(at).ok_or(SessionError::Table("such fork"))?;
        for row in self.rows(at)? {
            let thread = self.thread(row.machine)?;
            if thread.pending.is_some() || !thread.walk.is_over() {
                return Err(SessionError::Running);
            }
            let known = thread.known.clone();
            self.known.extend(known);
        }
        self.forked = false;
        self.go(edge.to);
        Ok(())
    }
}
