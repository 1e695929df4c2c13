//! A flow budget that many devices of one authority spend at once (DECISIONS 3).
//!
//! In: the limit of an epoch with the part that each replica may spend, spending, transfers and cuts.
//! Out: whether a replica may spend, and a state that merges. What holds: each replica spends only
//! headroom that it holds, so the spending of all of them never exceeds the limit that the epoch began
//! with, whatever they know of each other; a replica that knows of a cut to L spends nothing while the
//! spending that it knows is at least L; an epoch that is over never returns. The rows are those of a
//! bounded counter (Balegas et al., "Extending Eventually Consistent Cloud Databases for Enforcing
//! Numeric Invariants", SRDS 2015): each replica writes its own row alone, and rows only grow.
//! Left out on purpose: who may open an epoch, which is settled where its attestation is checked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    identity::DeviceId,
    lattice::{Bottom, Join, Meet as _},
};

/// What one replica has been given, has spent, and has handed on. It alone writes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Row {
    /// Spent by the replica in this epoch.
    pub spent: u64,
    /// Headroom handed to others, by receiver.
    pub given: BTreeMap<DeviceId, u64>,
}

impl Row {
    /// Whether this is `other`, or what it has grown into.
    pub(crate) fn covers(&self, other: &Self) -> bool {
        let given = |to| self.given.get(to).copied().unwrap_or(0);
        let mut others = other.given.iter();
        self.spent >= other.spent && others.all(|(to, amount)| given(to) >= *amount)
    }
}

impl Join for Row {
    fn join(&mut self, other: &Self) {
        self.spent.join(&other.spent);
        self.given.join(&other.given);
    }
}

/// One budget as one replica knows it.
///
/// ```
/// use std::collections::BTreeMap;
/// use aura_runtime::{budget::shared::SharedBudget, identity::DeviceId, lattice::Join};
/// let (phone, laptop) = (DeviceId([1; 32]), DeviceId([2; 32]));
/// let mut here = SharedBudget::open(1, 100, BTreeMap::from([(phone, 60), (laptop, 40)]));
/// let mut there = here.clone();
/// here.spend(phone, 60).unwrap();
/// assert!(here.spend(phone, 1).is_err(), "the rest is the laptop's");
/// there.transfer(laptop, phone, 30).unwrap();
/// here.join(&there);
/// assert_eq!(here.headroom(phone), 30);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SharedBudget {
    epoch: u64,
    limit: u64,
    allotted: BTreeMap<DeviceId, u64>,
    rows: BTreeMap<DeviceId, Row>,
}

/// A replica may not spend or hand on that much.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{asked} of a budget of which {available} may be spent here")]
pub struct Insufficient {
    /// What was asked.
    pub asked: u64,
    /// What there is.
    pub available: u64,
}

impl SharedBudget {
    /// The budget of an epoch, from 1 on; in epoch 0 there is nothing to spend. What is allotted
    /// beyond the limit is not there: parts count in the order of the replicas.
    pub fn open(epoch: u64, limit: u64, parts: BTreeMap<DeviceId, u64>) -> Self {
        if epoch == 0 {
            return Self::default();
        }
        let mut left = limit;
        let allotted = parts
            .into_iter()
            .map(|(replica, part)| {
                let part = part.min(left);
                left -= part;
                (replica, part)
            })
            .collect();
        Self {
            epoch,
            limit,
            allotted,
            rows: BTreeMap::new(),
        }
    }

    /// The epoch that the numbers belong to.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// The lowest limit that is known in this epoch.
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// What is known to be spent, by all replicas.
    pub fn spent(&self) -> u64 {
        self.rows
            .values()
            .fold(0, |sum, row| sum.saturating_add(row.spent))
    }

    /// What is known to be spent by one replica.
    pub fn spent_by(&self, replica: DeviceId) -> u64 {
        self.rows.get(&replica).map_or(0, |row| row.spent)
    }

    /// The headroom that `replica` holds, as far as is known: allotted and received, less spent and
    /// handed on.
    pub fn held(&self, replica: DeviceId) -> u64 {
        let allotted = self.allotted.get(&replica).copied().unwrap_or(0);
        let received = self.rows.values().filter_map(|row| row.given.get(&replica));
        let gained = received.fold(allotted, |sum, part| sum.saturating_add(*part));
        let row = self.rows.get(&replica);
        let lost = row.map_or(0, |row| {
            let given = row.given.values();
            given.fold(row.spent, |sum, part| sum.saturating_add(*part))
        });
        gained.saturating_sub(lost)
    }

    /// What `replica` may spend now: what it holds, and no more than the limit leaves. 0 blocks.
    pub fn headroom(&self, replica: DeviceId) -> u64 {
        self.held(replica)
            .min(self.limit.saturating_sub(self.spent()))
    }

    /// Spends on behalf of `replica`, which must be the one that calls.
    pub fn spend(&mut self, replica: DeviceId, cost: u64) -> Result<(), Insufficient> {
        covers(self.headroom(replica), cost)?;
        self.rows.entry(replica).or_default().spent += cost;
        Ok(())
    }

    /// Hands headroom on from `from`, which must be the replica that calls.
    pub fn transfer(
        &mut self,
        from: DeviceId,
        to: DeviceId,
        amount: u64,
    ) -> Result<(), Insufficient> {
        covers(self.held(from), amount)?;
        self.hand_on(from, to, amount);
        Ok(())
    }

    /// What [`Self::transfer`] does where it is covered.
    pub(crate) fn hand_on(&mut self, from: DeviceId, to: DeviceId, amount: u64) {
        if from != to && amount > 0 {
            let given = &mut self.rows.entry(from).or_default().given;
            let given = given.entry(to).or_default();
            *given = given.saturating_add(amount);
        }
    }

    /// Counts in what `replica`, which must be the one that calls, has already spent: a limit that was
    /// cut in the meantime does not undo it.
    pub(crate) fn count(&mut self, replica: DeviceId, cost: u64) {
        if cost > 0 {
            let spent = &mut self.rows.entry(replica).or_default().spent;
            *spent = spent.saturating_add(cost);
        }
    }

    /// What a device was allotted when the epoch began.
    pub fn allotted(&self, device: DeviceId) -> u64 {
        self.allotted.get(&device).copied().unwrap_or(0)
    }

    /// The same, where `replica` is known to have spent at least `spent` in this epoch.
    #[must_use]
    pub fn knowing(&self, replica: DeviceId, spent: u64) -> Self {
        let mut known = self.clone();
        known.count(replica, spent.saturating_sub(self.spent_by(replica)));
        known
    }

    /// The devices that this budget was divided among.
    pub fn devices(&self) -> impl Iterator<Item = DeviceId> + '_ {
        self.allotted.keys().copied()
    }

    /// What a replica has written of itself.
    pub fn row(&self, replica: DeviceId) -> Option<&Row> {
        self.rows.get(&replica)
    }

    /// The first replica that has spent and handed on more than it was given, or that the budget was
    /// not divided among. Honest replicas know of every transfer that they live on, and pass it on with
    /// their own row, so in what they export there is none.
    pub fn overdrawn(&self) -> Option<DeviceId> {
        fn sum(mut parts: impl Iterator<Item = u64>) -> Option<u64> {
            parts.try_fold(0u64, u64::checked_add)
        }
        let overdrawn = |(replica, row): &(&DeviceId, &Row)| {
            let allotted = self.allotted.get(replica).copied();
            let received = self.rows.values();
            let received = received.filter_map(|row| row.given.get(replica).copied());
            let gained = allotted.and_then(|part| sum(received.chain([part])));
            let lost = sum(row.given.values().copied().chain([row.spent]));
            let is_known = row.given.keys().all(|to| self.allotted.contains_key(to));
            !is_known || lost.is_none() || gained.is_none() || lost > gained
        };
        let found = self.rows.iter().find(overdrawn);
        found.map(|(replica, _)| *replica)
    }

    /// Cuts the limit of an epoch; a cut of another epoch changes nothing.
    pub fn cut(&mut self, epoch: u64, limit: u64) {
        if epoch == self.epoch {
            self.limit.meet(&limit);
        }
    }
}

fn covers(available: u64, asked: u64) -> Result<(), Insufficient> {
    if asked <= available {
        Ok(())
    } else {
        Err(Insufficient { asked, available })
    }
}

/// The higher epoch wins whole. Within one, the limit is met, and rows are joined. Two openings of one
/// epoch that differ are an equivocation of whoever attests; then each replica holds the lesser part.
impl Join for SharedBudget {
    fn join(&mut self, other: &Self) {
        if other.epoch > self.epoch {
            self.clone_from(other);
        } else if other.epoch == self.epoch {
            self.limit.meet(&other.limit);
            for (replica, part) in &mut self.allotted {
                part.meet(&other.allotted.get(replica).copied().unwrap_or(0));
            }
            self.allotted
                .retain(|replica, _| other.allotted.contains_key(replica));
            self.rows.join(&other.rows);
        }
    }
}

impl Bottom for SharedBudget {
    /// Epoch 0, in which nothing was declared and nothing can be spent.
    fn bottom() -> Self {
        Self::default()
    }
}
