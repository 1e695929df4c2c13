//! Join and meet semilattices: how states of replicas that have not talked for a while are merged.
//!
//! A join gives the least state that knows what both know, a meet the greatest that both allow. What
//! grows (facts, what was spent) is joined; what restricts (limits, capabilities) is met. The laws are
//! part of the contract: merging in any order, any number of times, must give the same state. They
//! are public as functions in [`laws`] and as macros that check them on random values, so that every
//! implementation here and elsewhere is held to them.

use std::collections::{BTreeMap, BTreeSet};

/// States with a least upper bound: commutative, associative, idempotent.
///
/// ```
/// use std::collections::BTreeSet;
/// use aura_runtime::lattice::Join;
/// let mut known = BTreeSet::from([1, 2]);
/// known.join(&BTreeSet::from([2, 3]));
/// assert_eq!(known, BTreeSet::from([1, 2, 3]));
/// ```
pub trait Join {
    /// Takes in what `other` knows.
    fn join(&mut self, other: &Self);
}

/// States with a greatest lower bound: commutative, associative, idempotent.
///
/// ```
/// use aura_runtime::lattice::Meet;
/// let mut limit = 100u64;
/// limit.meet(&40);
/// assert_eq!(limit, 40);
/// ```
pub trait Meet {
    /// Restricts to what `other` allows too.
    fn meet(&mut self, other: &Self);
}

/// Neutral to [`Join`]: knows nothing.
pub trait Bottom: Join {
    /// The least state.
    fn bottom() -> Self;
}

/// Neutral to [`Meet`]: restricts nothing.
pub trait Top: Meet {
    /// The greatest state.
    fn top() -> Self;
}

macro_rules! number {
    ($($number:ty),*) => {$(
        impl Join for $number {
            fn join(&mut self, other: &Self) {
                *self = (*self).max(*other);
            }
        }

        impl Meet for $number {
            fn meet(&mut self, other: &Self) {
                *self = (*self).min(*other);
            }
        }

        impl Bottom for $number {
            fn bottom() -> Self {
                Self::MIN
            }
        }

        impl Top for $number {
            fn top() -> Self {
                Self::MAX
            }
        }
    )*};
}

number!(u8, u16, u32, u64, u128, usize);

impl<T: Ord + Clone> Join for BTreeSet<T> {
    fn join(&mut self, other: &Self) {
        self.extend(other.difference(self).cloned().collect::<Vec<_>>());
    }
}

impl<T: Ord + Clone> Meet for BTreeSet<T> {
    fn meet(&mut self, other: &Self) {
        self.retain(|element| other.contains(element));
    }
}

impl<T: Ord + Clone> Bottom for BTreeSet<T> {
    fn bottom() -> Self {
        Self::new()
    }
}

/// Pointwise: a key that one side lacks counts as the least value.
impl<K: Ord + Clone, V: Join + Clone> Join for BTreeMap<K, V> {
    fn join(&mut self, other: &Self) {
        for (key, value) in other {
            match self.get_mut(key) {
                Some(mine) => mine.join(value),
                None => drop(self.insert(key.clone(), value.clone())),
            }
        }
    }
}

impl<K: Ord + Clone, V: Join + Clone> Bottom for BTreeMap<K, V> {
    fn bottom() -> Self {
        Self::new()
    }
}

/// `None` knows nothing.
impl<T: Join + Clone> Join for Option<T> {
    fn join(&mut self, other: &Self) {
        match (self.as_mut(), other) {
            (Some(mine), Some(other)) => mine.join(other),
            (None, Some(other)) => *self = Some(other.clone()),
            (_, None) => {}
        }
    }
}

impl<T: Join + Clone> Bottom for Option<T> {
    fn bottom() -> Self {
        None
    }
}

/// The same states upside down: what restricts travels with what grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Dual<T>(pub T);

impl<T: Meet> Join for Dual<T> {
    fn join(&mut self, other: &Self) {
        self.0.meet(&other.0);
    }
}

impl<T: Join> Meet for Dual<T> {
    fn meet(&mut self, other: &Self) {
        self.0.join(&other.0);
    }
}

impl<T: Top> Bottom for Dual<T> {
    fn bottom() -> Self {
        Self(T::top())
    }
}

impl<T: Bottom> Top for Dual<T> {
    fn top() -> Self {
        Self(T::bottom())
    }
}

/// The laws, each as a function that says which one is broken and by what.
pub mod laws {
    use std::fmt::Debug;

    use super::{Bottom, Join, Meet, Top};

    /// Commutative, associative, idempotent, and monotone: a join is never undone by another.
    pub fn join<T: Join + Clone + PartialEq + Debug>(a: &T, b: &T, c: &T) -> Result<(), String> {
        semilattice("join", |left: &mut T, right| left.join(right), a, b, c)
    }

    /// The same for the meet.
    pub fn meet<T: Meet + Clone + PartialEq + Debug>(a: &T, b: &T, c: &T) -> Result<(), String> {
        semilattice("meet", |left: &mut T, right| left.meet(right), a, b, c)
    }

    /// The least state is neutral to the join.
    pub fn bottom<T: Bottom + Clone + PartialEq + Debug>(a: &T) -> Result<(), String> {
        let mut from_bottom = T::bottom();
        from_bottom.join(a);
        equal("bottom is neutral", &from_bottom, a)
    }

    /// The greatest state is neutral to the meet.
    pub fn top<T: Top + Clone + PartialEq + Debug>(a: &T) -> Result<(), String> {
        let mut from_top = T::top();
        from_top.meet(a);
        equal("top is neutral", &from_top, a)
    }

    /// Join and meet undo each other where both say the same of the order.
    pub fn absorption<T: Join + Meet + Clone + PartialEq + Debug>(
        a: &T,
        b: &T,
    ) -> Result<(), String> {
        let mut met = a.clone();
        met.meet(b);
        let mut joined = a.clone();
        joined.join(&met);
        equal("a ⊔ (a ⊓ b) = a", &joined, a)?;
        let mut joined = a.clone();
        joined.join(b);
        let mut met = a.clone();
        met.meet(&joined);
        equal("a ⊓ (a ⊔ b) = a", &met, a)
    }

    fn semilattice<T: Clone + PartialEq + Debug>(
        name: &str,
        merge: impl Fn(&mut T, &T),
        a: &T,
        b: &T,
        c: &T,
    ) -> Result<(), String> {
        let of = |left: &T, right: &T| {
            let mut merged = left.clone();
            merge(&mut merged, right);
            merged
        };
        equal(&format!("{name} is commutative"), &of(a, b), &of(b, a))?;
        let (left, right) = (of(&of(a, b), c), of(a, &of(b, c)));
        equal(&format!("{name} is associative"), &left, &right)?;
        equal(&format!("{name} is idempotent"), &of(a, a), a)?;
        let both = of(a, b);
        equal(&format!("{name} keeps what it has"), &of(&both, a), &both)
    }

    fn equal<T: PartialEq + Debug>(law: &str, left: &T, right: &T) -> Result<(), String> {
        if left == right {
            Ok(())
        } else {
            Err(format!("{law}: {left:?} is not {right:?}"))
        }
    }
}

/// Tests the laws of [`Join`] and [`Bottom`] on random values of a proptest strategy. The crate that
/// calls it has `proptest` among its dependencies.
///
/// ```
/// aura_runtime::join_laws!(numbers_join: u64 = proptest::num::u64::ANY);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! join_laws {
    ($name:ident: $type:ty = $strategy:expr) => {
        ::proptest::proptest! {
            #[test]
            fn $name(a in $strategy, b in $strategy, c in $strategy) {
                let (a, b, c): ($type, $type, $type) = (a, b, c);
                let held = $crate::lattice::laws::join(&a, &b, &c)
                    .and_then(|()| $crate::lattice::laws::bottom(&a));
                ::proptest::prop_assert_eq!(held, ::core::result::Result::Ok(()));
            }
        }
    };
}

/// Tests the laws of [`Meet`] and [`Top`] on random values of a proptest strategy.
///
/// ```
/// aura_runtime::meet_laws!(numbers_meet: u64 = proptest::num::u64::ANY);
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! meet_laws {
    ($name:ident: $type:ty = $strategy:expr) => {
        ::proptest::proptest! {
            #[test]
            fn $name(a in $strategy, b in $strategy, c in $strategy) {
                let (a, b, c): ($type, $type, $type) = (a, b, c);
                let held = $crate::lattice::laws::meet(&a, &b, &c)
                    .and_then(|()| $crate::lattice::laws::top(&a));
                ::proptest::prop_assert_eq!(held, ::core::result::Result::Ok(()));
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use proptest::{
        collection::{btree_map, btree_set},
        num, option,
        prelude::Strategy as _,
    };

    use super::*;

    join_laws!(numbers_join: u64 = num::u64::ANY);
    meet_laws!(numbers_meet: u64 = num::u64::ANY);
    join_laws!(sets_join: BTreeSet<u8> = btree_set(0u8..8, 0..6));
    join_laws!(maps_join: BTreeMap<u8, u64> = btree_map(0u8..4, num::u64::ANY, 0..4));
    join_laws!(options_join: Option<u64> = option::of(num::u64::ANY));
    join_laws!(duals_join: Dual<u64> = num::u64::ANY.prop_map(Dual));
    meet_laws!(duals_meet: Dual<u64> = num::u64::ANY.prop_map(Dual));

    proptest::proptest! {
        #[test]
        fn join_and_meet_absorb_each_other(a in 0u64..9, b in 0u64..9) {
            proptest::prop_assert_eq!(laws::absorption(&a, &b), Ok(()));
        }
    }

    #[test]
    fn a_law_that_is_broken_is_named() {
        #[derive(Clone, Debug, PartialEq)]
        struct Sum(u64);
        impl Join for Sum {
            fn join(&mut self, other: &Self) {
                self.0 += other.0;
            }
        }
        let broken = laws::join(&Sum(1), &Sum(2), &Sum(3));
        assert!(broken.is_err_and(|law| law.contains("idempotent")));
    }
}
