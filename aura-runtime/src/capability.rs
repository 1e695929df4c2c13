//! Rights: which capabilities are held, and for which arguments.
//!
//! [`Rights`] are what a ledger's interned set is compiled from. In: what a local policy allows, and what
//! tokens (behind the feature `tokens`) carry. Out: their meet, which allows what both allow and never
//! more than either. Left out on purpose: who issues tokens, and how they travel.

#[cfg(feature = "tokens")]
mod token;

use std::collections::{BTreeMap, BTreeSet};

#[cfg(feature = "tokens")]
pub use self::token::{Bearer, LONGEST, TokenError, TokenIssuer};
use crate::lattice::{Join, Meet};

/// The arguments of a capability, each as postcard bytes.
pub type Arguments = Vec<Vec<u8>>;

/// For which arguments a capability is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// For any.
    Any,
    /// For these alone.
    Only(BTreeSet<Arguments>),
}

/// Capabilities by name, with their scopes.
///
/// ```
/// use aura_runtime::{capability::Rights, lattice::Meet};
/// let mut token = Rights::default();
/// token.allow("read").allow("write");
/// let mut policy = Rights::default();
/// policy.allow("read").allow_for("write", vec![vec![7]]);
/// token.meet(&policy);
/// assert!(token.allows("read", &[]) && token.allows("write", &[vec![7]]));
/// assert!(!token.allows("write", &[vec![8]]));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights(BTreeMap<String, Scope>);

impl Rights {
    /// Allows a capability for any arguments.
    pub fn allow(&mut self, capability: &str) -> &mut Self {
        self.0.insert(capability.to_owned(), Scope::Any);
        self
    }

    /// Allows a capability for these arguments, beside those that it is allowed for already.
    pub fn allow_for(&mut self, capability: &str, arguments: Arguments) -> &mut Self {
        let only = Scope::Only(BTreeSet::from([arguments]));
        match self.0.get_mut(capability) {
            Some(scope) => scope.join(&only),
            None => drop(self.0.insert(capability.to_owned(), only)),
        }
        self
    }

    /// Takes a capability out, in every scope.
    pub fn remove(&mut self, capability: &str) {
        self.0.remove(capability);
    }

    /// Whether a capability is allowed for these arguments.
    pub fn allows(&self, capability: &str, arguments: &[Vec<u8>]) -> bool {
        match self.0.get(capability) {
            None => false,
            Some(Scope::Any) => true,
            Some(Scope::Only(only)) => only.contains(arguments),
        }
    }

    /// Every capability with its scope, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Scope)> {
        self.0.iter().map(|(name, scope)| (name.as_str(), scope))
    }

    /// Whether nothing is allowed.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Join for Scope {
    fn join(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Only(mine), Self::Only(other)) => mine.join(other),
            _ => *self = Self::Any,
        }
    }
}

impl Meet for Scope {
    fn meet(&mut self, other: &Self) {
        match (&mut *self, other) {
            (Self::Only(mine), Self::Only(other)) => mine.meet(other),
            (Self::Any, other) => *self = other.clone(),
            (Self::Only(_), Self::Any) => {}
        }
    }
}

impl Join for Rights {
    fn join(&mut self, other: &Self) {
        self.0.join(&other.0);
    }
}

/// A capability that one side lacks is lacked, and so is one whose scopes have nothing in common.
impl Meet for Rights {
    fn meet(&mut self, other: &Self) {
        self.0.retain(|name, scope| {
            let Some(other) = other.0.get(name) else {
                return false;
            };
            scope.meet(other);
            !matches!(scope, Scope::Only(only) if only.is_empty())
        });
    }
}

#[cfg(test)]
mod tests {
    use proptest::{collection::vec, prelude::*};

    use super::*;
    use crate::lattice::laws;

    const NAMES: [&str; 3] = ["a", "b", "c"];

    fn rights() -> impl Strategy<Value = Rights> {
        vec((0usize..3, 0u8..4), 0..6).prop_map(|all| {
            let mut rights = Rights::default();
            for (name, argument) in all {
                match argument {
                    0 => rights.allow(NAMES[name]),
                    _ => rights.allow_for(NAMES[name], vec![vec![argument]]),
                };
            }
            rights
        })
    }

    proptest! {
        #[test]
        fn rights_join_and_meet(a in rights(), b in rights(), c in rights()) {
            prop_assert_eq!(laws::join(&a, &b, &c), Ok(()));
            prop_assert_eq!(laws::meet(&a, &b, &c), Ok(()));
            prop_assert_eq!(laws::absorption(&a, &b), Ok(()));
        }

        #[test]
        fn a_meet_allows_what_both_allow(a in rights(), b in rights()) {
            let mut met = a.clone();
            met.meet(&b);
            for name in NAMES {
                for argument in 0..5u8 {
                    let arguments = [vec![argument]];
                    let both = a.allows(name, &arguments) && b.allows(name, &arguments);
                    prop_assert_eq!(met.allows(name, &arguments), both);
                }
            }
        }
    }
}
