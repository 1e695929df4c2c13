//! Members of a family, addressed by type: who answered, and what.

use std::{
    collections::{BTreeMap, btree_map},
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
};

use crate::identity::AuthorityId;

/// A member of the family `Q`.
pub struct Member<Q> {
    index: u32,
    family: PhantomData<fn() -> Q>,
}

impl<Q> Member<Q> {
    pub(super) fn new(index: u32) -> Self {
        Self {
            index,
            family: PhantomData,
        }
    }

    /// The member's index in its family, from 0.
    pub fn index(&self) -> u32 {
        self.index
    }
}

// Derived, these would ask the same of `Q`, of which no value exists.
impl<Q> Clone for Member<Q> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<Q> Copy for Member<Q> {}

impl<Q> PartialEq for Member<Q> {
    fn eq(&self, other: &Self) -> bool {
        self.index == other.index
    }
}

impl<Q> Eq for Member<Q> {}

impl<Q> PartialOrd for Member<Q> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<Q> Ord for Member<Q> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.index.cmp(&other.index)
    }
}

impl<Q> Hash for Member<Q> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.index.hash(state);
    }
}

impl<Q> fmt::Debug for Member<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}]", self.index)
    }
}

/// The members of the family `Q` in one session, with their authorities.
pub struct Peers<Q> {
    members: Vec<AuthorityId>,
    family: PhantomData<fn() -> Q>,
}

impl<Q> Peers<Q> {
    pub(super) fn new(members: Vec<AuthorityId>) -> Self {
        Self {
            members,
            family: PhantomData,
        }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// The members in their order.
    pub fn iter(&self) -> impl Iterator<Item = (Member<Q>, AuthorityId)> + '_ {
        (0u32..).map(Member::new).zip(self.members.iter().copied())
    }

    /// Who a member is.
    pub fn authority(&self, member: Member<Q>) -> Option<AuthorityId> {
        self.members.get(member.index as usize).copied()
    }
}

impl<Q> fmt::Debug for Peers<Q> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(&self.members).finish()
    }
}

/// What the members of the family `Q` answered, in the order of the members.
pub struct Answers<Q, T> {
    by_member: BTreeMap<u32, T>,
    family: PhantomData<fn() -> Q>,
}

impl<Q, T> Answers<Q, T> {
    pub(super) fn new(by_member: BTreeMap<u32, T>) -> Self {
        Self {
            by_member,
            family: PhantomData,
        }
    }

    /// How many answered.
    pub fn len(&self) -> usize {
        self.by_member.len()
    }

    /// Whether nobody answered.
    pub fn is_empty(&self) -> bool {
        self.by_member.is_empty()
    }

    /// What a member answered, if it did.
    pub fn get(&self, member: Member<Q>) -> Option<&T> {
        self.by_member.get(&member.index)
    }

    /// Who answered, and what.
    pub fn iter(&self) -> impl Iterator<Item = (Member<Q>, &T)> + '_ {
        self.by_member
            .iter()
            .map(|(index, answer)| (Member::new(*index), answer))
    }

    /// Who answered.
    pub fn members(&self) -> impl Iterator<Item = Member<Q>> + '_ {
        self.by_member.keys().copied().map(Member::new)
    }

    /// What was answered.
    pub fn values(&self) -> impl Iterator<Item = &T> + '_ {
        self.by_member.values()
    }
}

impl<Q, T: Clone> Clone for Answers<Q, T> {
    fn clone(&self) -> Self {
        Self::new(self.by_member.clone())
    }
}

impl<Q, T: fmt::Debug> fmt::Debug for Answers<Q, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(&self.by_member).finish()
    }
}

impl<Q, T> IntoIterator for Answers<Q, T> {
    type Item = (Member<Q>, T);
    type IntoIter = IntoIter<Q, T>;

    fn into_iter(self) -> IntoIter<Q, T> {
        IntoIter {
            answers: self.by_member.into_iter(),
            family: PhantomData,
        }
    }
}

/// The answers of a family, one by one.
pub struct IntoIter<Q, T> {
    answers: btree_map::IntoIter<u32, T>,
    family: PhantomData<fn() -> Q>,
}

impl<Q, T> fmt::Debug for IntoIter<Q, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IntoIter").finish_non_exhaustive()
    }
}

impl<Q, T> Iterator for IntoIter<Q, T> {
    type Item = (Member<Q>, T);

    fn next(&mut self) -> Option<Self::Item> {
        let (index, answer) = self.answers.next()?;
        Some((Member::new(index), answer))
    }
}
