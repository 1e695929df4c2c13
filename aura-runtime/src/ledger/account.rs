//! The budgets in the books: what this device may still spend, as one number, and what it stands on.
//!
//! The number is all that a send looks at and all that it changes. Everything else is brought up to date
//! when somebody asks, or a limit, a transfer or another device's rows change what may be spent: then
//! what the number has lost since the last time is [counted](Account::count) as spent, less what is still
//! on its way to the disk, and the number is [measured](Account::measure) anew. So what has left this
//! device and what is on its way are never given out a second time, and what other devices are shown is
//! durable here.

use std::collections::HashMap;

use crate::{
    budget::{
        Budget,
        shared::{Insufficient, SharedBudget},
    },
    identity::{AuthorityId, ContextId, DeviceId},
    lattice::Join as _,
};

/// The place of the budget of (context, peer).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AccountSlot(u32);

impl AccountSlot {
    #[inline]
    fn at(self) -> usize {
        self.0 as usize
    }
}

/// Everything besides the number.
#[derive(Debug, Default)]
struct Account {
    /// Epoch, limit, and what this device has spent, up to the last count.
    own: Budget,
    /// What the devices hold, if there are several.
    shared: Option<Box<SharedBudget>>,
    /// What the number was when it was measured, with what was then on its way.
    measured: u64,
    /// Charges of this epoch on their way to the disk.
    pending: u64,
    /// Headroom that is being handed on, on its way to the disk.
    outgoing: u64,
}

/// See the module.
#[derive(Debug)]
pub(super) struct Accounts {
    device: DeviceId,
    headroom: Vec<u64>,
    rest: Vec<Account>,
    slots: HashMap<(ContextId, AuthorityId), AccountSlot>,
}

impl Account {
    /// Counts what the number has lost and the disk has.
    fn count(&mut self, headroom: u64, device: DeviceId) {
        let taken = self.measured.saturating_sub(headroom);
        let taken = taken.saturating_sub(self.pending);
        self.measured -= taken;
        self.own.spent = self.own.spent.saturating_add(taken);
        if let Some(shared) = &mut self.shared {
            shared.count(device, taken);
        }
    }

    /// The number: what this device holds and the limit leaves, less what is on its way.
    fn measure(&mut self, device: DeviceId) -> u64 {
        let left = self.own.limit.saturating_sub(self.spent());
        let left = left.saturating_sub(self.pending);
        let headroom = left.min(self.held(device));
        self.measured = headroom.saturating_add(self.pending);
        headroom
    }

    /// What this device could hand on.
    fn held(&self, device: DeviceId) -> u64 {
        let held = match &self.shared {
            Some(shared) => shared.held(device),
            None => self.own.limit.saturating_sub(self.own.spent),
        };
        held.saturating_sub(self.pending)
            .saturating_sub(self.outgoing)
    }

    /// What is known to be spent, by all devices, and durable.
    fn spent(&self) -> u64 {
        self.shared
            .as_ref()
            .map_or(self.own.spent, |shared| shared.spent())
    }

    /// A limit that was declared for an epoch, of this device alone if it is a new one.
    fn declare(&mut self, epoch: u64, limit: u64) {
        if epoch > self.own.epoch {
            *self = Self::default();
        }
        self.own.declare(epoch, limit);
        if let Some(shared) = &mut self.shared {
            shared.cut(epoch, limit);
        }
    }

    /// What another device, or the authority, says of the budget.
    fn join(&mut self, other: &SharedBudget, device: DeviceId) {
        self.declare(other.epoch(), other.limit());
        if self.own.epoch != other.epoch() {
            return;
        }
        match &mut self.shared {
            Some(shared) => shared.join(other),
            None => self.shared = Some(Box::new(other.clone())),
        }
        self.know_own(device);
    }

    /// What this device has spent is what its own charges say.
    fn know_own(&mut self, device: DeviceId) {
        if let Some(shared) = &mut self.shared {
            let known = shared.spent_by(device);
            shared.count(device, self.own.spent.saturating_sub(known));
        }
    }
}

impl Accounts {
    pub(super) fn new(device: DeviceId) -> Self {
        Self {
            device,
            headroom: Vec::new(),
            rest: Vec::new(),
            slots: HashMap::new(),
        }
    }

    pub(super) fn device(&self) -> DeviceId {
        self.device
    }

    pub(super) fn slot(&mut self, context: ContextId, peer: AuthorityId) -> AccountSlot {
        *self.slots.entry((context, peer)).or_insert_with(|| {
            self.headroom.push(0);
            self.rest.push(Account::default());
            let slot = u32::try_from(self.rest.len() - 1);
            AccountSlot(slot.expect("the books of 2^32 fit no memory"))
        })
    }

    /// Towards whom there is a budget in a context, in order.
    pub(super) fn peers(&self, context: ContextId) -> Vec<AuthorityId> {
        let slots = self.slots.keys().filter(|(of, _)| *of == context);
        let mut peers: Vec<_> = slots.map(|(_, peer)| *peer).collect();
        peers.sort_unstable();
        peers
    }

    #[inline]
    pub(super) fn headroom(&self, slot: AccountSlot) -> u64 {
        self.headroom[slot.at()]
    }

    /// The epoch, and the limit in it.
    pub(super) fn terms(&self, slot: AccountSlot) -> (u64, u64) {
        let own = &self.rest[slot.at()].own;
        (own.epoch, own.limit)
    }

    #[inline]
    pub(super) fn headroom_mut(&mut self, slot: AccountSlot) -> Option<&mut u64> {
        self.headroom.get_mut(slot.at())
    }

    /// Takes what the guards have just seen to be there, for good.
    #[inline]
    pub(super) fn spend(&mut self, slot: AccountSlot, cost: u64) {
        self.headroom[slot.at()] -= cost;
    }

    /// The same for a charge that is on its way to the disk.
    pub(super) fn hold(&mut self, slot: AccountSlot, cost: u64) {
        self.spend(slot, cost);
        self.rest[slot.at()].pending += cost;
    }

    /// A charge has arrived there. An epoch that began in between knows nothing of it.
    pub(super) fn settle(&mut self, slot: AccountSlot, epoch: u64, cost: u64) {
        let account = &mut self.rest[slot.at()];
        if account.own.epoch == epoch {
            account.pending = account.pending.saturating_sub(cost);
        }
    }

    /// A charge will never arrive there.
    pub(super) fn release(&mut self, slot: AccountSlot, epoch: u64, cost: u64) {
        self.change(slot, |account, _| {
            if account.own.epoch == epoch {
                account.pending = account.pending.saturating_sub(cost);
            }
        });
    }

    pub(super) fn declare(&mut self, slot: AccountSlot, epoch: u64, limit: u64) {
        self.change(slot, |account, _| account.declare(epoch, limit));
    }

    pub(super) fn join(&mut self, slot: AccountSlot, other: &SharedBudget) {
        self.change(slot, |account, device| account.join(other, device));
    }

    /// Takes headroom that is to be handed on; the epoch that it is of.
    pub(super) fn give(&mut self, slot: AccountSlot, amount: u64) -> Result<u64, Insufficient> {
        self.change(slot, |account, device| {
            let available = account.held(device);
            if amount > available {
                let asked = amount;
                return Err(Insufficient { asked, available });
            }
            account.outgoing += amount;
            Ok(account.own.epoch)
        })
    }

    /// What [`Self::give`] took is another device's now, or was given back.
    pub(super) fn given(
        &mut self,
        slot: AccountSlot,
        epoch: u64,
        (to, amount): (DeviceId, u64),
        is_written: bool,
    ) {
        self.change(slot, |account, device| {
            if account.own.epoch != epoch {
                return;
            }
            account.outgoing = account.outgoing.saturating_sub(amount);
            if let Some(shared) = account.shared.as_mut().filter(|_| is_written) {
                shared.hand_on(device, to, amount);
            }
        });
    }

    /// The epoch, the limit and what all devices are known to have spent, with what is on its way here.
    pub(super) fn budget(&mut self, slot: AccountSlot) -> Budget {
        self.change(slot, |account, _| Budget {
            spent: account.spent().saturating_add(account.pending),
            ..account.own
        })
    }

    /// What the devices hold, as far as it is durable here; none where there is only one.
    pub(super) fn shared(&mut self, slot: AccountSlot) -> Option<SharedBudget> {
        self.change(slot, |account, _| account.shared.as_deref().cloned())
    }

    pub(super) fn load(&mut self, context: ContextId, peer: AuthorityId, own: Budget) {
        let slot = self.slot(context, peer);
        self.change(slot, |account, _| account.own = own);
    }

    pub(super) fn load_shared(&mut self, slot: AccountSlot, shared: SharedBudget) {
        self.change(slot, |account, device| {
            if account.own.epoch == shared.epoch() {
                account.shared = Some(Box::new(shared));
                account.know_own(device);
            }
        });
    }

    fn change<T>(
        &mut self,
        slot: AccountSlot,
        then: impl FnOnce(&mut Account, DeviceId) -> T,
    ) -> T {
        let (account, headroom) = (&mut self.rest[slot.at()], &mut self.headroom[slot.at()]);
        account.count(*headroom, self.device);
        let outcome = then(account, self.device);
        *headroom = account.measure(self.device);
        outcome
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const ME: DeviceId = DeviceId([1; 32]);
    const OTHER: DeviceId = DeviceId([2; 32]);

    fn opened(epoch: u64) -> SharedBudget {
        SharedBudget::open(epoch, 10, BTreeMap::from([(ME, 6), (OTHER, 4)]))
    }

    fn accounts() -> (Accounts, AccountSlot) {
        let mut accounts = Accounts::new(ME);
        let slot = accounts.slot(ContextId([3; 32]), AuthorityId([4; 32]));
        accounts.join(slot, &opened(1));
        assert_eq!(accounts.headroom(slot), 6);
        (accounts, slot)
    }

    #[test]
    fn what_is_on_its_way_is_neither_there_nor_shown() {
        let (mut accounts, slot) = accounts();
        accounts.hold(slot, 2);
        let epoch = accounts.give(slot, 3).expect("four are left");
        assert_eq!(accounts.headroom(slot), 1);
        assert!(accounts.give(slot, 2).is_err());
        assert_eq!(accounts.shared(slot), Some(opened(1)), "nothing is durable");
        assert_eq!(accounts.budget(slot).spent, 2);
        accounts.settle(slot, 1, 2);
        accounts.given(slot, epoch, (OTHER, 3), true);
        assert_eq!(accounts.headroom(slot), 1);
        let shown = accounts.shared(slot).expect("divided");
        assert_eq!((shown.spent_by(ME), shown.held(OTHER)), (2, 7));
    }

    #[test]
    fn what_was_not_written_is_back_under_the_limit_of_then() {
        let (mut accounts, slot) = accounts();
        accounts.hold(slot, 5);
        let epoch = accounts.give(slot, 1).expect("one is left");
        accounts.declare(slot, 1, 4);
        assert_eq!(
            accounts.headroom(slot),
            0,
            "five are on their way, and the limit is four"
        );
        accounts.given(slot, epoch, (OTHER, 1), false);
        assert_eq!(accounts.headroom(slot), 0);
        accounts.release(slot, 1, 5);
        assert_eq!(accounts.headroom(slot), 4);
        accounts.spend(slot, 4);
        assert_eq!(accounts.budget(slot).spent, 4);
        assert_eq!(accounts.headroom(slot), 0);
    }

    /// What began in an epoch ends in it.
    #[test]
    fn a_new_epoch_owes_nothing_and_is_given_nothing() {
        let (mut accounts, slot) = accounts();
        accounts.hold(slot, 2);
        accounts.hold(slot, 1);
        let epoch = accounts.give(slot, 1).expect("three are left");
        accounts.join(slot, &opened(2));
        accounts.hold(slot, 4);
        accounts.release(slot, 1, 2);
        accounts.settle(slot, 1, 1);
        accounts.given(slot, epoch, (OTHER, 1), true);
        assert_eq!(accounts.headroom(slot), 2);
        accounts.settle(slot, 2, 4);
        let mut expected = opened(2);
        expected.count(ME, 4);
        assert_eq!(accounts.shared(slot), Some(expected));
        accounts.join(slot, &opened(1));
        assert_eq!(accounts.headroom(slot), 2, "an old epoch does not return");
    }

    /// A number that nobody looks at for long is the same in the end.
    #[test]
    fn counting_late_is_counting() {
        for often in [1, 2, 5] {
            let (mut accounts, slot) = accounts();
            let mut spent = 0;
            for turn in 0..6 {
                if turn % 2 == 0 {
                    accounts.spend(slot, 1);
                } else {
                    accounts.hold(slot, 1);
                    accounts.settle(slot, 1, 1);
                }
                spent += 1;
                if turn % often == 0 {
                    assert_eq!(accounts.budget(slot).spent, spent);
                }
            }
            let shown = accounts.shared(slot).expect("divided");
            assert_eq!((shown.spent_by(ME), shown.held(ME)), (6, 0));
        }
    }
}
