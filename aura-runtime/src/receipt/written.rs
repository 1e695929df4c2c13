//! A receipt as its bytes have it, on the way, under its signature and in a store.
//!
//! The device is left out where it is the only one, so that such a receipt is what it was before
//! receipts had devices, and journals of then are read as they are. Each receipt is written in one way;
//! what is written in another is refused by whoever compares, see
//! [`Chain::from_bytes`](super::Chain::from_bytes).

use serde::{Deserialize, Serialize};

use super::{Receipt, ReceiptId};
use crate::identity::{AuthorityId, ContextId, DeviceId};

#[derive(Serialize, Deserialize)]
pub(super) struct Written {
    context: ContextId,
    source: AuthorityId,
    destination: AuthorityId,
    epoch: u64,
    cost: u64,
    nonce: u64,
    place: Place,
}

/// The receipt before, and the device. The first two are the option that stood here before.
#[derive(Serialize, Deserialize)]
enum Place {
    Root,
    Behind(ReceiptId),
    RootOf(DeviceId),
    BehindOf(DeviceId, ReceiptId),
}

impl From<Receipt> for Written {
    fn from(receipt: Receipt) -> Self {
        let Receipt {
            context,
            source,
            device,
            destination,
            epoch,
            cost,
            nonce,
            previous,
        } = receipt;
        let place = match (device, previous) {
            (DeviceId::ONLY, None) => Place::Root,
            (DeviceId::ONLY, Some(previous)) => Place::Behind(previous),
            (device, None) => Place::RootOf(device),
            (device, Some(previous)) => Place::BehindOf(device, previous),
        };
        Self {
            context,
            source,
            destination,
            epoch,
            cost,
            nonce,
            place,
        }
    }
}

impl From<Written> for Receipt {
    fn from(written: Written) -> Self {
        let (device, previous) = match written.place {
            Place::Root => (DeviceId::ONLY, None),
            Place::Behind(previous) => (DeviceId::ONLY, Some(previous)),
            Place::RootOf(device) => (device, None),
            Place::BehindOf(device, previous) => (device, Some(previous)),
        };
        let Written {
            context,
            source,
            destination,
            epoch,
            cost,
            nonce,
            ..
        } = written;
        Self {
            context,
            source,
            device,
            destination,
            epoch,
            cost,
            nonce,
            previous,
        }
    }
}
