//! Headroom: what may still be spent on one peer in one context, and what may still leak.
//!
//! Numbers only. Within an epoch a limit can be cut and never raised; a higher epoch brings a new
//! limit and starts from nothing spent; a lower one is ignored. A limit of 0 blocks: nothing here
//! means "unbounded". Left out on purpose: who may declare an epoch, and how replicas of one budget
//! merge; both belong to the journal that feeds this ledger.

pub mod shared;

use serde::{Deserialize, Serialize};

/// What one authority may spend towards one peer in one context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    /// The epoch that the limit belongs to.
    pub epoch: u64,
    /// The most that may be spent in that epoch.
    pub limit: u64,
    /// What is spent, counting charges still on their way to the disk.
    pub spent: u64,
}

impl Budget {
    /// What may still be spent; 0 after a cut below what is spent.
    pub fn headroom(&self) -> u64 {
        self.limit.saturating_sub(self.spent)
    }

    /// Takes in a limit declared for `epoch`; returns whether anything changed.
    ///
    /// ```
    /// # use aura_runtime::budget::Budget;
    /// let mut budget = Budget { epoch: 3, limit: 100, spent: 60 };
    /// assert!(!budget.declare(3, 500), "a limit is never raised within its epoch");
    /// assert!(budget.declare(3, 50));
    /// assert_eq!(budget.headroom(), 0);
    /// assert!(!budget.declare(2, 500), "an old epoch is over");
    /// assert!(budget.declare(4, 70));
    /// assert_eq!(budget.headroom(), 70);
    /// ```
    pub fn declare(&mut self, epoch: u64, limit: u64) -> bool {
        let before = *self;
        if epoch > self.epoch {
            *self = Self {
                epoch,
                limit,
                spent: 0,
            };
        } else if epoch == self.epoch {
            self.limit = self.limit.min(limit);
        }
        *self != before
    }
}

/// How much may leak to one class of observers in one context.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum LeakagePolicy {
    /// What the ledger allows that class by default; nothing until it does.
    #[default]
    Inherited,
    /// Nothing, whatever the default.
    Deny,
    /// So many millionths, whatever the default.
    Explicit(u64),
}

impl LeakagePolicy {
    /// The limit that it comes to, in millionths, where `default` is the default of the class.
    pub fn limit(self, default: u64) -> u64 {
        match self {
            Self::Inherited => default,
            Self::Deny => 0,
            Self::Explicit(limit) => limit,
        }
    }
}

impl std::fmt::Display for LeakagePolicy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Inherited => f.write_str("default"),
            Self::Deny => f.write_str("deny"),
            Self::Explicit(limit) => write!(f, "{limit}"),
        }
    }
}

/// What may leak to one class of observers in one context, in millionths.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allowance {
    /// The most that may leak, as the context's [`LeakagePolicy`] has it.
    pub limit: u64,
    /// What has leaked, counting sends still on their way to the disk.
    pub spent: u64,
}

impl Allowance {
    /// What may still leak.
    pub fn headroom(&self) -> u64 {
        self.limit.saturating_sub(self.spent)
    }
}
