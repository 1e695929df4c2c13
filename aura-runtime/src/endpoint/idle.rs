//! Whether anything happens in a session.
//!
//! What happens leaves a mark and looks at no clock: a message would pay for that. Whoever has a
//! clock comes by every now and then, and a mark counts as of then, so that a session is given up
//! late by at most one round and never early.

use std::time::Duration;

use super::Endpoint;

/// When something last happened.
#[derive(Debug)]
pub(super) struct Idle {
    /// Something has, since the last look.
    stirred: bool,
    /// The last look that found a mark.
    since: Duration,
}

impl Idle {
    /// A session that begins now.
    pub(super) fn new() -> Self {
        Self {
            stirred: true,
            since: Duration::ZERO,
        }
    }

    pub(super) fn stir(&mut self) {
        self.stirred = true;
    }
}

impl Endpoint {
    /// Ends the session if nothing has happened in it for `limit`; whether it has.
    pub fn handle_tick(&mut self, now: Duration, limit: Duration) -> bool {
        if self.idle.stirred {
            self.idle.stirred = false;
            self.idle.since = now;
        }
        if now.saturating_sub(self.idle.since) < limit {
            return false;
        }
        self.idle.since = Duration::MAX;
        self.handle_close(false);
        for channel in &mut self.channels {
            channel.close();
        }
        true
    }
}
