//! Which facts a snapshot stands for.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::{
    fact::Fact,
    identity::{AuthorityId, SessionId},
    lattice::{Bottom, Join},
};

/// For each author and session, the step below which its facts are covered. Cuts join pointwise, and
/// the joined cut covers what either covers and no more.
///
/// ```
/// use aura_runtime::{identity::{AuthorityId, SessionId}, journal::Cut, lattice::Join};
/// let (author, session) = (AuthorityId([1; 32]), SessionId([2; 16]));
/// let mut cut = Cut::below(author, session, 5);
/// cut.join(&Cut::below(author, session, 3));
/// assert_eq!(cut, Cut::below(author, session, 5));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cut(BTreeMap<(AuthorityId, SessionId), u64>);

impl Cut {
    /// The cut that covers what one author wrote in one session before a step.
    pub fn below(author: AuthorityId, session: SessionId, step: u64) -> Self {
        let mut cut = BTreeMap::from([((author, session), step)]);
        // A mark at 0 covers nothing; without it, equal cuts are equal.
        cut.retain(|_, step| *step > 0);
        Self(cut)
    }

    /// The cut that covers all of these facts: for each author and session, up to its last one.
    pub fn covering<'a>(facts: impl IntoIterator<Item = &'a Fact>) -> Self {
        let mut cut = Self::default();
        for fact in facts {
            cut.join(&Self::below(
                fact.author,
                fact.session,
                fact.step.saturating_add(1),
            ));
        }
        cut
    }

    /// Whether the cut covers a fact of this author, session and step.
    pub fn covers(&self, author: AuthorityId, session: SessionId, step: u64) -> bool {
        self.0
            .get(&(author, session))
            .is_some_and(|below| step < *below)
    }

    /// The author, the session and the step below which facts are covered, in order.
    pub fn marks(&self) -> impl Iterator<Item = (AuthorityId, SessionId, u64)> {
        let marks = self.0.iter();
        marks.map(|((author, session), below)| (*author, *session, *below))
    }

    /// Whether it covers nothing.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Join for Cut {
    fn join(&mut self, other: &Self) {
        self.0.join(&other.0);
    }
}

impl Bottom for Cut {
    fn bottom() -> Self {
        Self::default()
    }
}
