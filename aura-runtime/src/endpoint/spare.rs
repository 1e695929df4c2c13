//! Short payloads that are done with, for those to come.
//!
//! A message that was acknowledged or delivered leaves its buffer here, and the next one that arrives
//! takes it, so that a conversation allocates only what it sends. Few are kept, and short ones alone:
//! an idle session costs no more than [`Spare::MOST`] of them.

use std::{borrow::Cow, fmt};

#[derive(Default)]
pub(super) struct Spare(Vec<Vec<u8>>);

// What is kept for later is no state.
impl fmt::Debug for Spare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Spare")
    }
}

impl Spare {
    const MOST: usize = 4;
    const LONGEST: usize = 256;

    pub(super) fn keep(&mut self, mut payload: Vec<u8>) {
        if self.0.len() < Self::MOST && (1..=Self::LONGEST).contains(&payload.capacity()) {
            payload.clear();
            self.0.push(payload);
        }
    }

    /// A payload of its own.
    pub(super) fn own(&mut self, payload: Cow<'_, [u8]>) -> Vec<u8> {
        match payload {
            Cow::Owned(payload) => payload,
            Cow::Borrowed(bytes) if bytes.len() <= Self::LONGEST => {
                let mut payload = self.0.pop().unwrap_or_default();
                payload.extend_from_slice(bytes);
                payload
            }
            Cow::Borrowed(bytes) => bytes.to_vec(),
        }
    }
}
