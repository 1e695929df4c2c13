//! From-to values of the audit, and tables of them.
//!
//! In: polynomials. Out: [`Range`]s with a least and a largest value and a mark on each that says
//! whether a run attains it, and sparse [`Table`]s of ranges by what is counted. What holds: an
//! entry that a table does not have is exactly zero.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use crate::audit::polynomial::{Polynomial, Unit};
use crate::audit::symbols::Symbols;
use crate::global::{Observer, RoleId, SizeId};
use crate::local::Member;

/// A bound, and whether it is attained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bound {
    /// The bound.
    pub value: Polynomial,
    /// Whether some run attains it for all sizes; else it holds, but a tighter one may hold too.
    pub exact: bool,
}

impl Bound {
    fn exact(value: Polynomial) -> Self {
        Self { value, exact: true }
    }

    fn add(&mut self, other: &Bound) {
        self.value.add(&other.value);
        self.exact &= other.exact;
    }

    fn times(&self, factor: &Polynomial) -> Bound {
        Bound {
            value: self.value.times(factor),
            exact: self.exact,
        }
    }

    fn max(&self, other: &Bound, symbols: &Symbols) -> Bound {
        if self.value.dominates(&other.value, symbols) {
            self.tied(other)
        } else if other.value.dominates(&self.value, symbols) {
            other.clone()
        } else {
            Bound {
                value: self.value.coefficient_max(&other.value),
                exact: false,
            }
        }
    }

    fn min(&self, other: &Bound, symbols: &Symbols) -> Bound {
        if other.value.dominates(&self.value, symbols) {
            self.tied(other)
        } else if self.value.dominates(&other.value, symbols) {
            other.clone()
        } else {
            let value = self.value.coefficient_min(&other.value);
            Bound {
                // No cost is negative, so zero is a bound as well.
                value: if value.is_plain() {
                    value
                } else {
                    Polynomial::default()
                },
                exact: false,
            }
        }
    }

    /// This bound, attained if either of two equal ones is.
    fn tied(&self, other: &Bound) -> Bound {
        Bound {
            value: self.value.clone(),
            exact: self.exact || (self.value == other.value && other.exact),
        }
    }
}

/// What complete runs come to, at least and at most.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The least over all complete runs without crashes.
    pub best: Bound,
    /// The largest over all complete runs without crashes.
    pub worst: Bound,
    /// The least that must be spent to get through: of a quorum only the needed answers count.
    pub needed: Bound,
}

impl Range {
    pub(crate) fn exactly(value: Polynomial) -> Self {
        let bound = Bound::exact(value);
        Self {
            best: bound.clone(),
            worst: bound.clone(),
            needed: bound,
        }
    }

    /// The range of a quorum's answers.
    pub(crate) fn quorum(needed: Polynomial, all: Polynomial) -> Self {
        Self {
            needed: Bound::exact(needed),
            ..Self::exactly(all)
        }
    }

    pub(crate) fn zero() -> Self {
        Self::exactly(Polynomial::default())
    }

    pub(crate) fn add(&mut self, other: &Range) {
        self.best.add(&other.best);
        self.worst.add(&other.worst);
        self.needed.add(&other.needed);
    }

    pub(crate) fn times(&self, factor: &Polynomial) -> Range {
        Range {
            best: self.best.times(factor),
            worst: self.worst.times(factor),
            needed: self.needed.times(factor),
        }
    }

    pub(crate) fn join(&self, other: &Range, symbols: &Symbols) -> Range {
        if self == other {
            return self.clone();
        }
        Range {
            best: self.best.min(&other.best, symbols),
            worst: self.worst.max(&other.worst, symbols),
            needed: self.needed.min(&other.needed, symbols),
        }
    }

    /// Whether a quorum needs less than all complete runs spend.
    pub fn has_quorum(&self) -> bool {
        self.needed.value != self.best.value
    }

    /// The range with the given sizes filled in.
    #[must_use]
    pub fn at(&self, sizes: &BTreeMap<SizeId, u64>, symbols: &Symbols) -> Range {
        let at = |bound: &Bound| Bound {
            value: bound.value.at(sizes, symbols),
            exact: bound.exact,
        };
        Range {
            best: at(&self.best),
            worst: at(&self.worst),
            needed: at(&self.needed),
        }
    }

    /// The least value as text; `≥` marks one that no run may attain.
    pub fn best_text(&self, symbols: &Symbols, unit: Unit) -> String {
        marked(&self.best, "≥ ", symbols, unit)
    }

    /// The largest value as text; `≤` marks one that no run may attain.
    pub fn worst_text(&self, symbols: &Symbols, unit: Unit) -> String {
        marked(&self.worst, "≤ ", symbols, unit)
    }

    /// What a quorum needs as text.
    pub fn needed_text(&self, symbols: &Symbols, unit: Unit) -> String {
        marked(&self.needed, "≥ ", symbols, unit)
    }

    /// The range in words: `50`, `20 at least, 70 at most`, `t·20 needed, m·20 at most`.
    pub fn display(&self, symbols: &Symbols, unit: Unit) -> String {
        let worst = self.worst_text(symbols, unit);
        if self.has_quorum() {
            return format!(
                "{} needed, {worst} at most",
                self.needed_text(symbols, unit)
            );
        }
        let best = self.best_text(symbols, unit);
        if self.best == self.worst {
            return worst;
        }
        format!("{best} at least, {worst} at most")
    }
}

fn marked(bound: &Bound, mark: &str, symbols: &Symbols, unit: Unit) -> String {
    let text = bound.value.display(symbols, unit);
    if bound.exact {
        text
    } else {
        format!("{mark}{text}")
    }
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Measure {
    /// Flow cost.
    Cost,
    /// Leakage to a class of observers, in millionths.
    Leak(Observer),
}

impl Measure {
    /// How its polynomials are printed.
    pub fn unit(self) -> Unit {
        match self {
            Measure::Cost => Unit::One,
            Measure::Leak(_) => Unit::Millionth,
        }
    }
}

/// Whose sends are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Payer {
    /// Everybody's: the whole run.
    Run,
    /// A role's, of a family all members' together.
    Role(RoleId),
    /// One member's of a family.
    Member(RoleId, Member),
}

/// What an entry of a [`Table`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// The measure.
    pub measure: Measure,
    /// The senders.
    pub payer: Payer,
    /// The receiver, of a family all members; `None` for all receivers together.
    pub peer: Option<RoleId>,
}

/// Ranges by what they count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    ranges: BTreeMap<Key, Range>,
}

impl Table {
    /// The range of a key.
    pub fn get(&self, key: Key) -> Range {
        self.ranges.get(&key).cloned().unwrap_or_else(Range::zero)
    }

    /// The entries that are not always zero.
    pub fn iter(&self) -> impl Iterator<Item = (Key, &Range)> {
        self.ranges.iter().map(|(key, range)| (*key, range))
    }

    pub(crate) fn add(&mut self, key: Key, range: &Range) {
        match self.ranges.entry(key) {
            Entry::Occupied(mut entry) => entry.get_mut().add(range),
            Entry::Vacant(entry) => {
                entry.insert(range.clone());
            }
        }
    }

    /// The sum; the smaller table is added to the larger one, so that long sequences stay linear.
    pub(crate) fn plus(mut self, mut other: Table) -> Table {
        if self.ranges.len() < other.ranges.len() {
            std::mem::swap(&mut self, &mut other);
        }
        for (key, range) in &other.ranges {
            self.add(*key, range);
        }
        self
    }

    /// Either of the two: the smaller best and the larger worst of each key.
    pub(crate) fn join(self, other: Table, symbols: &Symbols) -> Table {
        let mut left = self.ranges.into_iter().peekable();
        let mut right = other.ranges.into_iter().peekable();
        let zero = Range::zero();
        let mut ranges = BTreeMap::new();
        loop {
            let key = match (left.peek(), right.peek()) {
                (None, None) => return Table { ranges },
                (Some((key, _)), None) | (None, Some((key, _))) => *key,
                (Some((a, _)), Some((b, _))) => *a.min(b),
            };
            let a = left.next_if(|(other, _)| *other == key);
            let b = right.next_if(|(other, _)| *other == key);
            let range = |side: Option<(Key, Range)>| side.map(|(_, range)| range);
            let joined = match (range(a), range(b)) {
                (Some(a), Some(b)) => a.join(&b, symbols),
                (Some(one), None) | (None, Some(one)) => one.join(&zero, symbols),
                (None, None) => continue,
            };
            ranges.insert(key, joined);
        }
    }

    /// Each range through `change`.
    pub(crate) fn map(mut self, mut change: impl FnMut(Key, &mut Range)) -> Table {
        for (key, range) in &mut self.ranges {
            change(*key, range);
        }
        self
    }
}
