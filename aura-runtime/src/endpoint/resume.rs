//! What an endpoint knows of the connections below it: how much they carry, that one broke, and from
//! where the next one goes on.

use tokio::sync::OwnedSemaphorePermit;

use super::{Channel, Endpoint};
use crate::{
    frame::{Resume, Window},
    identity::SeatId,
};

/// Room on a connection, taken before the guard is asked and held until the frame is on its way.
#[derive(Debug)]
pub(crate) struct Permit {
    #[expect(dead_code, reason = "what counts is when it is dropped")]
    room: OwnedSemaphorePermit,
}

impl From<OwnedSemaphorePermit> for Permit {
    fn from(room: OwnedSemaphorePermit) -> Self {
        Self { room }
    }
}

impl Endpoint {
    /// What `peer` has room for, as its half of the handshake said.
    pub fn handle_window(&mut self, peer: SeatId, window: Window) {
        if let Some(channel) = self.channel_mut(peer) {
            channel.narrow(window);
        }
    }

    /// The connection of `peer` is gone, and may come back: nothing is lost, and nothing is
    /// transmitted meanwhile.
    pub fn handle_suspended(&mut self, peer: SeatId) {
        if let Some(channel) = self.channel_mut(peer) {
            channel.suspend();
        }
    }

    /// What a new connection has to tell `peer` of this session.
    pub fn poll_resume(&mut self, peer: SeatId) -> Option<Resume> {
        let session = self.roster.session;
        let (received, delivered, closed) = self.channel_mut(peer)?.received();
        Some(Resume {
            session,
            received,
            delivered,
            closed,
        })
    }

    /// There is a connection to `peer` again: what it has not received is repeated, frame by frame
    /// the same bytes. `false`, and nothing has changed, if it speaks of another session or of what
    /// was never sent.
    pub fn handle_resumed(&mut self, peer: SeatId, resume: &Resume) -> bool {
        let session = self.roster.session;
        let channel = self.channel_mut(peer);
        session == resume.session
            && channel
                .and_then(|channel| {
                    channel.resume(resume.received, resume.delivered, resume.closed)
                })
                .is_some()
    }

    /// Whether both sides have said that they are through: nothing will pass between them any more.
    pub fn is_over(&self, peer: SeatId) -> bool {
        self.channel(peer).is_none_or(Channel::is_over)
    }

    /// Whether everything for `peer` was transmitted once, the farewell included.
    pub fn is_drained(&self, peer: SeatId) -> bool {
        self.channel(peer).is_none_or(Channel::is_drained)
    }
}
