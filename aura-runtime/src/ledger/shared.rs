//! Budgets of several devices: what is handed on, merged and cut (DECISIONS 3).
//!
//! A ledger is one device of an authority, and spends only headroom that it holds. What comes in from
//! another device counts when it is durable here, except what it takes away, which counts at once. What
//! goes out is durable, too: so a device that was put back to an older image is told by the others, who
//! know more of its row than it does. An epoch does not come in this way; its authority attests it, and
//! each device begins it. Left out on purpose: how the rows travel.

use super::{AccountSlot, Books, Ledger, NoteError};
use crate::{
    budget::shared::SharedBudget,
    epoch::Epoch,
    identity::{AuthorityId, ContextId, DeviceId},
    store::{Record, StoreError},
};

/// Why a budget does not become what somebody says that it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ShareError {
    /// An epoch begins when the context's authority attests it, and in no other way.
    #[error("epoch {epoch} is not attested here: epoch {known} is the last that is")]
    Unattested {
        /// The epoch that was named.
        epoch: u64,
        /// The budget's.
        known: u64,
    },
    /// The budget is not divided among devices.
    #[error("the budget is this device's alone")]
    Undivided,
    /// The budget is not divided among devices of which this is one.
    #[error("{0:?} holds no part of the budget")]
    Stranger(DeviceId),
    /// A device has spent or handed on more than it can have held.
    #[error("{0:?} has spent or handed on more than it can have held")]
    Overdrawn(DeviceId),
    /// There is less than is to be handed on.
    #[error(transparent)]
    Insufficient(#[from] crate::budget::shared::Insufficient),
    /// Another device knows of more that was spent or handed on here than this ledger does.
    #[error(
        "another device knows more of what was spent here: the store is an older image of itself"
    )]
    OlderImage,
}

impl Ledger {
    /// The device that this ledger is.
    pub fn device(&self) -> DeviceId {
        self.books().accounts.device()
    }

    /// Declares the limit of an epoch towards a peer: see [`Budget::declare`](crate::budget::Budget::declare). Epochs count from 1;
    /// epoch 0 is the one in which nothing was declared and nothing can be spent. A limit that cuts
    /// the one that there is takes effect before the next send. Where a context's epochs are attested,
    /// or the authority has several devices, a new epoch is refused: see [`Self::begin_epoch`].
    pub async fn declare_budget(
        &self,
        context: ContextId,
        peer: AuthorityId,
        epoch: u64,
        limit: u64,
    ) -> Result<(), NoteError> {
        let attested = self.epoch(context);
        let slot = {
            let mut books = self.books();
            let slot = books.account_slot(context, peer);
            let (known, _) = books.terms(slot);
            if epoch < known || epoch == 0 {
                return Ok(());
            }
            if epoch == known {
                books.accounts.declare(slot, epoch, limit);
            } else if attested > 0 || books.accounts.device() != DeviceId::ONLY {
                return Err(ShareError::Unattested { epoch, known }.into());
            }
            slot
        };
        let record = Record::Budget {
            context,
            peer,
            epoch,
            limit,
        };
        let declare = move |books: &mut Books, is_written| {
            if is_written {
                books.accounts.declare(slot, epoch, limit);
            }
        };
        Ok(self.write_then(record, declare).await?)
    }

    /// What this device may spend on a peer now.
    pub fn headroom(&self, context: ContextId, peer: AuthorityId) -> u64 {
        let mut books = self.books();
        let slot = books.account_slot(context, peer);
        books.headroom(slot)
    }

    /// The budget towards a peer as this device knows it, for the others to merge: all of it is durable
    /// here. None where it is not divided.
    pub fn export_budget(&self, context: ContextId, peer: AuthorityId) -> Option<SharedBudget> {
        let mut books = self.books();
        let slot = books.account_slot(context, peer);
        books.accounts.shared(slot)
    }

    /// Takes in what another device has exported. A cut counts at once; what was handed to this device
    /// counts when the journal has it, and then this returns. What cannot be, changes nothing.
    pub async fn merge_budget(
        &self,
        context: ContextId,
        peer: AuthorityId,
        other: &SharedBudget,
    ) -> Result<(), NoteError> {
        let slot = {
            let mut books = self.books();
            let slot = books.account_slot(context, peer);
            if other.epoch() < books.terms(slot).0 {
                return Ok(());
            }
            let known = books.accounts.shared(slot);
            let known = known.ok_or(ShareError::Undivided)?;
            may_merge(&known, other, books.accounts.device())?;
            books.accounts.declare(slot, other.epoch(), other.limit());
            slot
        };
        self.write_shared(context, (peer, slot), other.clone())
            .await?;
        Ok(())
    }

    /// Hands headroom to another device that holds a part of the budget: it is gone from here when this
    /// is called, and is there when that device has merged what this one exports then. Where the
    /// journal does not take the entry, it is back.
    pub async fn transfer_headroom(
        &self,
        context: ContextId,
        peer: AuthorityId,
        to: DeviceId,
        amount: u64,
    ) -> Result<(), NoteError> {
        let (slot, from, epoch) = {
            let mut books = self.books();
            let slot = books.account_slot(context, peer);
            let known = books.accounts.shared(slot).ok_or(ShareError::Undivided)?;
            let from = books.accounts.device();
            if to == from || !known.devices().any(|device| device == to) {
                return Err(ShareError::Stranger(to).into());
            }
            let epoch = books
                .accounts
                .give(slot, amount)
                .map_err(ShareError::from)?;
            (slot, from, epoch)
        };
        let record = Record::Transfer {
            context,
            peer,
            epoch,
            from,
            to,
            amount,
        };
        let given = move |books: &mut Books, is_written| {
            books.accounts.given(slot, epoch, (to, amount), is_written);
        };
        Ok(self.write_then(record, given).await?)
    }

    /// Cuts the limit of the epoch that a budget is in, before the next send. If the journal does not
    /// take it, it is cut all the same until the ledger is opened again.
    pub async fn cut_budget(
        &self,
        context: ContextId,
        peer: AuthorityId,
        limit: u64,
    ) -> Result<(), StoreError> {
        let epoch = {
            let mut books = self.books();
            let slot = books.account_slot(context, peer);
            let epoch = books.terms(slot).0;
            books.accounts.declare(slot, epoch, limit);
            epoch
        };
        if epoch == 0 {
            return Ok(());
        }
        self.write(Record::Budget {
            context,
            peer,
            epoch,
            limit,
        })
        .await
    }

    /// Opens a budget in an epoch that was attested.
    pub(super) async fn open_budget(
        &self,
        peer: AuthorityId,
        epoch: &Epoch,
    ) -> Result<(), StoreError> {
        let (context, number) = (epoch.context, epoch.number);
        let limit = epoch.limits.get(&peer).copied().unwrap_or(0);
        let (slot, device) = {
            let mut books = self.books();
            let slot = books.account_slot(context, peer);
            (slot, books.accounts.device())
        };
        if device != DeviceId::ONLY {
            let budget = SharedBudget::open(number, limit, epoch.parts_of(device, peer));
            return self.write_shared(context, (peer, slot), budget).await;
        }
        let record = Record::Budget {
            context,
            peer,
            epoch: number,
            limit,
        };
        let declare = move |books: &mut Books, is_written| {
            if is_written {
                books.accounts.declare(slot, number, limit);
            }
        };
        self.write_then(record, declare).await
    }

    async fn write_shared(
        &self,
        context: ContextId,
        (peer, slot): (AuthorityId, AccountSlot),
        budget: SharedBudget,
    ) -> Result<(), StoreError> {
        let record = Record::Shared {
            context,
            peer,
            budget: budget.clone(),
        };
        let join = move |books: &mut Books, is_written| {
            if is_written {
                books.accounts.join(slot, &budget);
            }
        };
        self.write_then(record, join).await
    }
}

/// Whether another device can know this.
fn may_merge(known: &SharedBudget, other: &SharedBudget, me: DeviceId) -> Result<(), ShareError> {
    if other.epoch() > known.epoch() {
        return Err(ShareError::Unattested {
            epoch: other.epoch(),
            known: known.epoch(),
        });
    }
    let is_member = |device: &DeviceId| known.devices().any(|known| known == *device);
    if let Some(stranger) = other.devices().find(|device| !is_member(device)) {
        return Err(ShareError::Stranger(stranger));
    }
    if let Some(device) = other.overdrawn() {
        return Err(ShareError::Overdrawn(device));
    }
    let own = known.row(me).cloned().unwrap_or_default();
    match other.row(me) {
        Some(row) if !own.covers(row) => Err(ShareError::OlderImage),
        _ => Ok(()),
    }
}
