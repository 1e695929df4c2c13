//! A sealed frame's payload, put in its final form: a receipt is signed once its charge is in the journal, and
//! takes the room that was kept for it.

use super::Channel;
use crate::endpoint::{Endpoint, Slot};

impl Endpoint {
    /// Gives a sealed frame another payload, no longer than the one that it has.
    pub(crate) fn handle_amended(&mut self, slot: &Slot, payload: Vec<u8>) {
        if let Some(channel) = self.channel_mut(slot.seat) {
            channel.amend(slot.number, payload);
        }
    }
}

impl Channel {
    /// Gives the sealed frame of a slot another payload, no longer than the one that it has.
    pub(super) fn amend(&mut self, slot: u64, payload: Vec<u8>) {
        let Some(sealed) = self.outbox.iter_mut().find(|frame| frame.slot == slot) else {
            return;
        };
        let before = sealed.payload.len();
        let Ok(length) = u32::try_from(payload.len()) else {
            return;
        };
        // A longer one has no room on the line. The frame goes as it is, and its receiver says what it lacks.
        if payload.len() > before {
            return;
        }
        sealed.header.length = length;
        self.outgoing_bytes = self.outgoing_bytes.saturating_sub(before) + payload.len();
        sealed.payload = payload;
    }
}
