//! What the shortcuts of a seat's steps need, looked up once, when the seat is taken.
//!
//! One row for each edge of the seat's machine, and one for each of its states. A step has a shortcut
//! where it speaks with one peer and nothing in its row asks for more than a charge: no timer runs, and
//! neither facts nor receipts ride. Whether the peer is in this process and all else that changes during
//! a run is seen when the step is taken.

use super::desk::Desk;
use crate::{
    guard::Toll,
    identity::SeatId,
    machine::{Action, EdgeRow, LabelId, MessageId, PeerRow, Reach, StateId, StateRow},
    walk::{Source, Walk},
};

/// The shortcut of a step.
#[derive(Clone, Copy)]
pub(super) enum Shortcut {
    /// It has none.
    None,
    /// It has one that depends on the member that a `for` has come to.
    Indexed,
    Send(Out),
    Receive(In),
}

/// A send to one peer.
#[derive(Clone, Copy)]
pub(super) struct Out {
    pub(super) place: u32,
    pub(super) source: Source,
    pub(super) label: LabelId,
    pub(super) id: MessageId,
    pub(super) to: StateId,
    pub(super) toll: Toll,
}

/// A receive from one peer.
#[derive(Clone, Copy)]
pub(super) struct In {
    pub(super) place: u32,
    pub(super) member: u32,
    pub(super) source: Source,
    pub(super) label: LabelId,
    pub(super) to: StateId,
    /// Whether its state listens to this place alone.
    pub(super) alone: bool,
}

/// Which of the shortcuts are a state's.
#[derive(Clone, Copy)]
pub(super) struct Spot {
    first: u32,
    count: u32,
    /// What the first of them listens to.
    pub(super) place: Option<u32>,
    /// Whether they all listen to that place.
    pub(super) alone: bool,
}

/// The shortcuts of a machine.
pub(super) struct Shortcuts {
    edges: Box<[Shortcut]>,
    spots: Box<[Spot]>,
}

impl Shortcuts {
    pub(super) fn new(walk: &Walk, desk: &Desk) -> Self {
        let edges = all(walk, desk);
        let spots = walk.machine().states.iter().map(|row| {
            let ear = match edges.get(row.first as usize) {
                Some(Shortcut::Receive(ear)) if row.count > 0 => Some(ear),
                _ => None,
            };
            Spot {
                first: row.first,
                count: row.count,
                place: ear.map(|ear| ear.place),
                alone: ear.is_some_and(|ear| ear.alone),
            }
        });
        Self {
            spots: spots.collect(),
            edges,
        }
    }

    /// The shortcut of a step of a state.
    #[inline]
    pub(super) fn step(&self, state: StateId, at: u16) -> Option<&Shortcut> {
        let spot = self.spot(state)?;
        let shortcut = self.edges.get(spot.first as usize + usize::from(at));
        shortcut.filter(|_| u32::from(at) < spot.count)
    }

    #[inline]
    pub(super) fn spot(&self, state: StateId) -> Option<&Spot> {
        self.spots.get(state.0 as usize)
    }

    /// The shortcuts of a spot.
    #[inline]
    pub(super) fn of(&self, spot: &Spot) -> &[Shortcut] {
        let first = spot.first as usize;
        self.edges
            .get(first..first + spot.count as usize)
            .unwrap_or_default()
    }
}

/// The shortcuts of a machine's steps, edge by edge.
fn all(walk: &Walk, desk: &Desk) -> Box<[Shortcut]> {
    let machine = walk.machine();
    let mut shortcuts = vec![Shortcut::None; machine.edges.len()].into_boxed_slice();
    for row in machine.states {
        let span = row.first as usize..row.first as usize + row.count as usize;
        for at in span {
            let Some(edge) = machine.edges.get(at) else {
                continue;
            };
            shortcuts[at] = match edge.action {
                Action::Send { to: peer, .. } | Action::Receive { from: peer, .. } => {
                    match peer.reach {
                        Reach::Single | Reach::Constant(_) => one(walk, desk, row, edge),
                        Reach::Index(_) => Shortcut::Indexed,
                        Reach::All | Reach::Others => Shortcut::None,
                    }
                }
                _ => Shortcut::None,
            };
        }
    }
    shortcuts
}

/// The shortcut of a step, as the counters stand.
pub(super) fn one(walk: &Walk, desk: &Desk, row: &StateRow, edge: &EdgeRow) -> Shortcut {
    let found = match edge.action {
        Action::Send { to, message } => out(walk, desk, to, message, edge.to).map(Shortcut::Send),
        Action::Receive { from, message } if row.timer.is_none() => {
            ear(walk, desk, row, from, message, edge.to).map(Shortcut::Receive)
        }
        _ => None,
    };
    found.unwrap_or(Shortcut::None)
}

fn out(walk: &Walk, desk: &Desk, peer: PeerRow, id: MessageId, to: StateId) -> Option<Out> {
    let (_, seat) = walk.one(peer)?;
    let toll = desk.toll(id, seat)?;
    if toll.row.rides() {
        return None;
    }
    let (source, place) = place(walk, peer, seat)?;
    Some(Out {
        place,
        source,
        label: toll.row.label,
        id,
        to,
        toll,
    })
}

fn ear(
    walk: &Walk,
    desk: &Desk,
    row: &StateRow,
    peer: PeerRow,
    id: MessageId,
    to: StateId,
) -> Option<In> {
    let (member, seat) = walk.one(peer)?;
    let message = desk.seating().protocol().message(id)?;
    if message.rides() {
        return None;
    }
    let edges = walk.machine().edges.iter();
    let mut edges = edges.skip(row.first as usize).take(row.count as usize);
    let (source, place) = place(walk, peer, seat)?;
    Some(In {
        place,
        member,
        source,
        label: message.label,
        to,
        alone: edges
            .all(|edge| matches!(edge.action, Action::Receive { from, .. } if from == peer)),
    })
}

fn place(walk: &Walk, peer: PeerRow, seat: SeatId) -> Option<(Source, u32)> {
    let source = Source {
        seat,
        queue: peer.queue,
    };
    let place = source.place(walk.seating().protocol());
    Some((source, u32::try_from(place).ok()?))
}
