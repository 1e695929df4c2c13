//! Which receipts were accepted, so that none is accepted twice.
//!
//! For each (context, source, device) the epoch and the nonces seen in it. A device issues nonces in
//! order; concurrent sessions may deliver them out of order, so besides the strict rule (only what is
//! higher than all before) there is a sliding window as in RFC 4303, 3.4.3, which takes each of the
//! last 128 once. Older is refused in both. The state is a few numbers for each device, and is
//! durable: what is accepted is written before the message is acted upon. It is the receiving device's
//! own: another device of the same authority, to which the same chain is shown, has not seen it, and takes
//! it once, too.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Flaw, ReceiptError, Verified};
use crate::identity::{AuthorityId, ContextId, DeviceId};

/// In which order receipts of one source must arrive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Order {
    /// Each nonce is higher than all before it.
    #[default]
    Strict,
    /// Each nonce is new, and at most 128 below the highest.
    Window,
}

/// The nonces seen of one source in one epoch.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Window {
    /// The highest; 0 where there was none.
    pub highest: u64,
    /// Bit k: whether `highest - 1 - k` was seen.
    pub below: u128,
}

impl Window {
    /// Takes a nonce in; `false` if it was seen, is 0, or is too old to tell.
    ///
    /// ```
    /// # use aura_runtime::receipt::{Order, Window};
    /// let mut seen = Window::default();
    /// assert!(seen.admit(5, Order::Window) && seen.admit(3, Order::Window));
    /// assert!(!seen.admit(3, Order::Window) && !seen.admit(5, Order::Window));
    /// assert!(!seen.admit(4, Order::Strict) && seen.admit(6, Order::Strict));
    /// ```
    pub fn admit(&mut self, nonce: u64, order: Order) -> bool {
        if nonce > self.highest {
            let ahead = nonce - self.highest;
            let marked = u128::from(self.highest > 0);
            self.below = match u32::try_from(ahead) {
                Ok(ahead @ 1..128) => self.below << ahead | marked << (ahead - 1),
                Ok(128) => marked << 127,
                _ => 0,
            };
            self.highest = nonce;
            return true;
        }
        let behind = self.highest - nonce;
        if nonce == 0 || order == Order::Strict || !(1..=128).contains(&behind) {
            return false;
        }
        let bit = 1u128 << (behind - 1);
        let is_new = self.below & bit == 0;
        self.below |= bit;
        is_new
    }
}

/// What was accepted of one source: a row of the anti-replay state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Where.
    pub context: ContextId,
    /// Of whom.
    pub source: AuthorityId,
    /// Of which of its devices.
    pub device: DeviceId,
    /// In which epoch; older ones are over.
    pub epoch: u64,
    /// The nonces.
    pub window: Window,
}

/// Whose nonces are counted together.
type Counted = (ContextId, AuthorityId, DeviceId);

impl Mark {
    fn counted(&self) -> Counted {
        (self.context, self.source, self.device)
    }
}

/// The anti-replay state: a mark for each (context, source, device).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Accepted {
    marks: BTreeMap<Counted, Mark>,
}

impl Accepted {
    /// The state that these marks are of.
    pub fn load(marks: impl IntoIterator<Item = Mark>) -> Self {
        let marks = marks.into_iter();
        Self {
            marks: marks.map(|mark| (mark.counted(), mark)).collect(),
        }
    }

    /// Every mark, in order.
    pub fn marks(&self) -> impl Iterator<Item = &Mark> {
        self.marks.values()
    }

    /// What was accepted of a source's device in a context.
    pub fn mark(&self, context: ContextId, source: AuthorityId, device: DeviceId) -> Option<&Mark> {
        self.marks.get(&(context, source, device))
    }

    /// What is known of the sources of a chain.
    pub(crate) fn marks_of(&self, chain: &Verified<'_>) -> Vec<Mark> {
        let known = chain.receipts().filter_map(|receipt| {
            let mark = self.mark(receipt.context, receipt.source, receipt.device)?;
            Some((mark.counted(), *mark))
        });
        known.collect::<BTreeMap<_, _>>().into_values().collect()
    }

    /// Takes in a chain if each of its receipts is new, and gives the marks that have changed, which
    /// are written before the message is acted upon. If one is not new, nothing changes.
    pub fn accept(
        &mut self,
        chain: &Verified<'_>,
        order: Order,
    ) -> Result<Vec<Mark>, ReceiptError> {
        self.accept_behind(chain, 0, order)
    }

    /// The same for the receipts behind the first so many, which were taken when they came by before.
    pub(crate) fn accept_behind(
        &mut self,
        chain: &Verified<'_>,
        known: usize,
        order: Order,
    ) -> Result<Vec<Mark>, ReceiptError> {
        let mut changed: BTreeMap<_, Mark> = BTreeMap::new();
        for (hop, receipt) in chain.receipts().enumerate().skip(known) {
            let key = (receipt.context, receipt.source, receipt.device);
            let known = changed.get(&key).or_else(|| self.marks.get(&key)).copied();
            let fresh = Mark {
                context: receipt.context,
                source: receipt.source,
                device: receipt.device,
                epoch: receipt.epoch,
                window: Window::default(),
            };
            let mut mark = known
                .filter(|mark| mark.epoch >= receipt.epoch)
                .unwrap_or(fresh);
            if mark.epoch > receipt.epoch {
                let flaw = Flaw::Epoch {
                    found: receipt.epoch,
                    expected: mark.epoch,
                };
                return Err(flaw.at(hop));
            }
            if !mark.window.admit(receipt.nonce, order) {
                return Err(Flaw::Replay(receipt.nonce).at(hop));
            }
            changed.insert(key, mark);
        }
        let changed: Vec<Mark> = changed.into_values().collect();
        for mark in &changed {
            self.marks.insert(mark.counted(), *mark);
        }
        Ok(changed)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// The window against a set that remembers everything.
    #[test]
    fn a_window_takes_each_nonce_once() {
        let mut dice = 0x2545_f491_4f6c_dd1du64;
        for round in 0..200 {
            let (mut window, mut seen) = (Window::default(), BTreeSet::new());
            for _ in 0..400 {
                dice ^= dice << 13;
                dice ^= dice >> 7;
                dice ^= dice << 17;
                let highest = seen.last().copied().unwrap_or(0);
                let nonce = (highest + 1 + dice % 12).saturating_sub(dice >> 32 & 0x9f);
                let old = nonce == 0 || highest.saturating_sub(nonce) > 128;
                let expected = !old && seen.insert(nonce);
                assert_eq!(
                    window.admit(nonce, Order::Window),
                    expected,
                    "{round}: {nonce} of {seen:?}"
                );
            }
        }
    }

    #[test]
    fn a_long_jump_forgets_what_is_behind() {
        for ahead in [127, 128, 129, 130, u64::MAX - 7] {
            let mut window = Window::default();
            assert!(window.admit(7, Order::Window) && window.admit(7 + ahead, Order::Window));
            assert!(!window.admit(7, Order::Window), "{ahead}");
        }
    }
}
