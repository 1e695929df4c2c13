//! How one seat reaches the others: its lanes to those of this process, and who sits elsewhere.
//!
//! Two seats of one process are joined by a lane for each queue. Each gets a [`Half`], and who drops
//! one instead of sitting down is gone for the other: so halves can wait, be declined or be forgotten
//! like any other invitation.

use std::mem;

use super::{
    Choreography,
    credit::Far,
    lane::{Lane, Peer},
};
use crate::identity::SeatId;

/// One seat's end of what joins it to another, by queue.
pub(crate) struct Half<P: Choreography> {
    ends: Vec<Lane<P>>,
}

impl<P: Choreography> Half<P> {
    /// What joins two seats, whose channels carry at most `window` messages each.
    pub(crate) fn pair(window: u32) -> (Self, Self) {
        let queues = 0..P::protocol().queues;
        let (left, right) = queues.map(|_| Lane::pair(window)).unzip();
        (Self { ends: left }, Self { ends: right })
    }
}

impl<P: Choreography> Drop for Half<P> {
    fn drop(&mut self) {
        for lane in &self.ends {
            lane.credits.incoming.close(Far::Gone);
        }
    }
}

/// How one seat reaches the others: by seat, then by queue.
pub(crate) struct Corner<P: Choreography> {
    peers: Vec<Peer<P>>,
}

impl<P: Choreography> Corner<P> {
    /// A corner from which nobody is reached yet, in a session of so many seats.
    pub(crate) fn new(seats: usize) -> Self {
        let places = seats * usize::from(P::protocol().queues);
        Self {
            peers: (0..places).map(|_| Peer::Me).collect(),
        }
    }

    /// A seat is in this process.
    pub(crate) fn join(&mut self, seat: SeatId, mut half: Half<P>) {
        for (place, lane) in self.places(seat).zip(half.ends.drain(..)) {
            self.peers[place] = Peer::Here(lane);
        }
    }

    /// A seat is elsewhere, and reached through the endpoint.
    pub(crate) fn part(&mut self, seat: SeatId) {
        for place in self.places(seat) {
            self.peers[place] = Peer::There;
        }
    }

    /// Somebody sits down.
    pub(crate) fn sit(mut self) -> Vec<Peer<P>> {
        mem::take(&mut self.peers)
    }

    fn places(&self, seat: SeatId) -> std::ops::Range<usize> {
        let queues = usize::from(P::protocol().queues);
        let first = usize::from(seat.0) * queues;
        first.min(self.peers.len())..(first + queues).min(self.peers.len())
    }
}

impl<P: Choreography> Drop for Corner<P> {
    /// Nobody will sit here any more.
    fn drop(&mut self) {
        leave(&self.peers, Far::Gone);
    }
}

/// Tells those of this process that nobody takes or answers here any more.
pub(super) fn leave<P: Choreography>(peers: &[Peer<P>], far: Far) {
    for credits in peers.iter().filter_map(Peer::credits) {
        credits.incoming.close(far);
    }
}
