//! What may leak to whom: a policy for each class of observers in each context, and a default for each
//! class (DECISIONS 17).
//!
//! Where neither was declared nothing may leak. What takes away counts at once, what gives counts when
//! it is durable. Sums are checked: a charge that cannot be counted is refused.

use super::{Books, Ledger};
use crate::{
    budget::{Allowance, LeakagePolicy},
    identity::ContextId,
    machine::Observer,
    store::{Record, StoreError},
};

impl Ledger {
    /// Says how much may leak to a class of observers in a context.
    ///
    /// ```
    /// use aura_runtime::{budget::LeakagePolicy, identity::ContextId, ledger::Ledger, machine::Observer};
    /// # futures::executor::block_on(async {
    /// let (ledger, here) = (Ledger::in_memory(), ContextId::derive("group", &[], b""));
    /// assert_eq!(ledger.leakage(here, Observer::Group).headroom(), 0);
    /// ledger.set_default_leakage(Observer::Group, 500).await?;
    /// assert_eq!(ledger.leakage(here, Observer::Group).headroom(), 500);
    /// ledger.set_leakage(here, Observer::Group, LeakagePolicy::Deny).await?;
    /// assert_eq!(ledger.leakage(here, Observer::Group).headroom(), 0);
    /// # Ok::<(), aura_runtime::store::StoreError>(()) }).unwrap();
    /// ```
    pub async fn set_leakage(
        &self,
        context: ContextId,
        observer: Observer,
        policy: LeakagePolicy,
    ) -> Result<(), StoreError> {
        {
            let mut books = self.books();
            let default = books.default_leakage(observer);
            if policy.limit(default) < books.policy(context, observer).limit(default) {
                books.set_leakage(context, observer, policy);
            }
        }
        let record = Record::Leakage {
            context,
            observer,
            policy,
        };
        let set = move |books: &mut Books, is_written| {
            if is_written {
                books.set_leakage(context, observer, policy);
            }
        };
        self.write_then(record, set).await
    }

    /// Declares how many millionths may leak to a class of observers in a context:
    /// [`LeakagePolicy::Explicit`].
    pub async fn declare_leakage(
        &self,
        context: ContextId,
        observer: Observer,
        limit: u64,
    ) -> Result<(), StoreError> {
        let policy = LeakagePolicy::Explicit(limit);
        self.set_leakage(context, observer, policy).await
    }

    /// Says how many millionths may leak to a class of observers in each context that has no policy of
    /// its own: [`LeakagePolicy::Inherited`].
    pub async fn set_default_leakage(
        &self,
        observer: Observer,
        limit: u64,
    ) -> Result<(), StoreError> {
        {
            let mut books = self.books();
            if limit < books.default_leakage(observer) {
                books.set_default_leakage(observer, limit);
            }
        }
        let set = move |books: &mut Books, is_written| {
            if is_written {
                books.set_default_leakage(observer, limit);
            }
        };
        self.write_then(Record::LeakageDefault { observer, limit }, set)
            .await
    }

    /// The allowance of a class of observers; all zero where none was declared.
    pub fn leakage(&self, context: ContextId, observer: Observer) -> Allowance {
        let mut books = self.books();
        let slot = books.context_slot(context);
        books.context(slot).leakage[observer as usize]
    }

    /// The policy that the allowance comes from.
    pub fn leakage_policy(&self, context: ContextId, observer: Observer) -> LeakagePolicy {
        self.books().policy(context, observer)
    }
}
