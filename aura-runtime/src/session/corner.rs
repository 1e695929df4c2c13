//! How one seat reaches the others: its channels to those of this process, and who sits elsewhere.
//!
//! Two seats of one process are joined by a channel for each queue. Each gets a [`Half`], and who
//! drops one instead of sitting down is gone for the other: so halves can wait, be declined or be
//! forgotten like any other invitation.

use std::sync::Arc;

use rumpsteak::role::Pair;

use super::{
    Choreography, Party, Peer,
    credit::{Credit, Far},
    party::Link,
};
use crate::identity::SeatId;

/// One seat's end of what joins it to another, by queue.
pub(crate) struct Half<P: Choreography> {
    ends: Vec<(Link<P>, Peer)>,
}

impl<P: Choreography> Half<P> {
    /// What joins two seats, whose channels carry at most `window` messages each.
    pub(crate) fn pair(window: u32) -> (Self, Self) {
        let (mut left, mut right) = (Vec::new(), Vec::new());
        for _ in 0..P::protocol().queues {
            let (near, far) = Link::pair();
            let forth = Arc::new(Credit::new(window));
            let back = Arc::new(Credit::new(window));
            let here = Peer::Here {
                outgoing: Arc::clone(&forth),
                incoming: Arc::clone(&back),
            };
            let there = Peer::Here {
                outgoing: back,
                incoming: forth,
            };
            left.push((near, here));
            right.push((far, there));
        }
        (Self { ends: left }, Self { ends: right })
    }
}

impl<P: Choreography> Drop for Half<P> {
    fn drop(&mut self) {
        leave(self.ends.iter().map(|(_, peer)| peer));
    }
}

/// One seat's channels, and how it reaches the others: by seat, then by queue.
pub(crate) struct Corner<P: Choreography> {
    links: Vec<Option<Link<P>>>,
    peers: Vec<Peer>,
}

impl<P: Choreography> Corner<P> {
    /// A corner from which nobody is reached yet, in a session of so many seats.
    pub(crate) fn new(seats: usize) -> Self {
        let places = seats * usize::from(P::protocol().queues);
        Self {
            links: Vec::new(),
            peers: vec![Peer::Me; places],
        }
    }

    /// A seat is in this process.
    pub(crate) fn join(&mut self, seat: SeatId, mut half: Half<P>) {
        // Most sessions between nodes have no channel at all.
        self.links.resize_with(self.peers.len(), || None);
        for (place, (link, peer)) in self.places(seat).zip(half.ends.drain(..)) {
            self.links[place] = Some(link);
            self.peers[place] = peer;
        }
    }

    /// A seat is elsewhere, and reached through the endpoint.
    pub(crate) fn part(&mut self, seat: SeatId) {
        for place in self.places(seat) {
            self.peers[place] = Peer::There;
        }
    }

    /// Somebody sits down.
    pub(crate) fn sit(mut self) -> (Party<P>, Vec<Peer>) {
        let links = std::mem::take(&mut self.links);
        (Party::new(links), std::mem::take(&mut self.peers))
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
        leave(self.peers.iter());
    }
}

fn leave<'p>(peers: impl Iterator<Item = &'p Peer>) {
    for peer in peers {
        if let Peer::Here { incoming, .. } = peer {
            incoming.close(Far::Gone);
        }
    }
}
