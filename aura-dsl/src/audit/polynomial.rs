//! Exact polynomials over the symbols of a protocol.
//!
//! In: costs, sizes and rounds. Out: sums and products without rounding or overflow, an order of
//! dominance, and the text `m·20 + 50`. What holds: no coefficient is zero, so equal polynomials
//! are equal values; the order of terms is that of the text. Dominance follows SEMANTICS 6: `p`
//! dominates `q` when `p - q`, written in what each symbol exceeds its lower bound by, has no
//! negative coefficient; a quorum is also known to be at most its family.

use std::collections::BTreeMap;

use num_bigint::{BigInt, Sign};

use crate::audit::symbols::{Sum, Symbols, Var, constant};
use crate::global::{Size, SizeId};

/// Shifting a product of k symbols gives up to 2^k terms. A comparison that would need more than
/// this many is left undecided, which only turns an exact bound into a `≤` or `≥`.
const SHIFTED_TERMS: usize = 128;

/// Powers of symbols, in the order of the symbols; the empty product is 1.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Monomial(Vec<(Var, u32)>);

impl Monomial {
    fn times(&self, other: &Monomial) -> Monomial {
        let mut powers = Vec::with_capacity(self.0.len() + other.0.len());
        let mut left = self.0.iter().copied().peekable();
        let mut right = other.0.iter().copied().peekable();
        loop {
            let next = match (left.peek(), right.peek()) {
                (Some((a, _)), Some((b, _))) if a == b => {
                    let powers = left.next().into_iter().chain(right.next());
                    powers.reduce(|(var, a), (_, b)| (var, a.saturating_add(b)))
                }
                (Some((a, _)), Some((b, _))) if a > b => right.next(),
                (Some(_), _) => left.next(),
                (None, _) => right.next(),
            };
            match next {
                Some(power) => powers.push(power),
                None => return Monomial(powers),
            }
        }
    }

    fn degree(&self) -> u64 {
        self.0.iter().map(|(_, power)| u64::from(*power)).sum()
    }
}

/// How coefficients are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Unit {
    /// As they are.
    One,
    /// As millionths: `100000` is printed `0.1`.
    Millionth,
}

/// A polynomial with integer coefficients.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Polynomial {
    terms: BTreeMap<Monomial, BigInt>,
}

impl From<u64> for Polynomial {
    fn from(value: u64) -> Self {
        Self::term(Monomial::default(), BigInt::from(value))
    }
}

impl From<Var> for Polynomial {
    fn from(var: Var) -> Self {
        Self::term(Monomial(vec![(var, 1)]), BigInt::from(1))
    }
}

impl Polynomial {
    /// The polynomial of a size.
    pub fn of_size(size: &Size, symbols: &Symbols) -> Self {
        match (constant(size), symbols.of_size(size)) {
            (Some(number), _) => Self::from(number),
            (None, Some(var)) => Self::from(var),
            (None, None) => Self::default(),
        }
    }

    fn term(monomial: Monomial, coefficient: BigInt) -> Self {
        let mut terms = BTreeMap::new();
        if coefficient.sign() != Sign::NoSign {
            terms.insert(monomial, coefficient);
        }
        Self { terms }
    }

    /// How many factors it takes to write it down.
    pub(crate) fn length(&self) -> usize {
        self.terms.keys().map(|monomial| monomial.0.len() + 1).sum()
    }

    /// Whether it is zero for all values.
    pub fn is_zero(&self) -> bool {
        self.terms.is_empty()
    }

    /// Its value, where it has no symbols.
    pub fn as_constant(&self) -> Option<BigInt> {
        let mut terms = self.terms.iter();
        match (terms.next(), terms.next()) {
            (None, _) => Some(BigInt::ZERO),
            (Some((monomial, value)), None) if monomial.0.is_empty() => Some(value.clone()),
            _ => None,
        }
    }

    /// The symbols that occur.
    pub fn vars(&self) -> impl Iterator<Item = Var> {
        self.terms
            .keys()
            .flat_map(|m| m.0.iter().map(|(var, _)| *var))
    }

    /// Adds another polynomial.
    pub fn add(&mut self, other: &Polynomial) {
        for (monomial, coefficient) in &other.terms {
            self.add_term(monomial, coefficient);
        }
    }

    fn add_term(&mut self, monomial: &Monomial, coefficient: &BigInt) {
        if let Some(sum) = self.terms.get_mut(monomial) {
            *sum += coefficient;
            if sum.sign() == Sign::NoSign {
                self.terms.remove(monomial);
            }
        } else if coefficient.sign() != Sign::NoSign {
            self.terms.insert(monomial.clone(), coefficient.clone());
        }
    }

    /// The difference.
    #[must_use]
    pub fn minus(&self, other: &Polynomial) -> Polynomial {
        let mut difference = self.clone();
        for (monomial, coefficient) in &other.terms {
            difference.add_term(monomial, &-coefficient);
        }
        difference
    }

    /// The product.
    #[must_use]
    pub fn times(&self, other: &Polynomial) -> Polynomial {
        let mut product = Polynomial::default();
        for (left, a) in &self.terms {
            for (right, b) in &other.terms {
                product.add_term(&left.times(right), &(a * b));
            }
        }
        product
    }

    /// Whether no coefficient is negative. Symbols are never negative, so the value is not either.
    pub fn is_plain(&self) -> bool {
        self.terms.values().all(|value| value.sign() != Sign::Minus)
    }

    /// Whether the value is at least the other's for all values of the symbols, as far as the
    /// comparison of shifted coefficients tells.
    pub fn dominates(&self, other: &Polynomial, symbols: &Symbols) -> bool {
        let difference = self.minus(other);
        if difference.is_plain() {
            return true;
        }
        if difference.is_somewhere_negative(symbols) {
            return false;
        }
        if difference.shifts_to_plain(symbols) {
            return true;
        }
        let occurring: Vec<Var> = difference.vars().collect();
        symbols
            .sums()
            .iter()
            .filter(|sum| occurring.contains(&sum.whole))
            .filter_map(|sum| difference.split(*sum))
            .any(|split| split.is_plain() || split.shifts_to_plain(symbols))
    }

    /// Whether the value is negative at one of two points that keep every sum, which refutes
    /// dominance at once: where all symbols have their lower bounds, and far above these. Rests
    /// are not free to choose, so they leave it open.
    fn is_somewhere_negative(&self, symbols: &Symbols) -> bool {
        if self.vars().any(|var| symbols.is_rest(var)) {
            return false;
        }
        [0u64, 1 << 10].into_iter().any(|above| {
            let point = |var| Some(BigInt::from(symbols.at_least(var)) + above);
            let value = self.substitute(point).as_constant();
            value.is_some_and(|value| value.sign() == Sign::Minus)
        })
    }

    /// Whether the polynomial in what each symbol exceeds its lower bound by is plain.
    fn shifts_to_plain(&self, symbols: &Symbols) -> bool {
        let by_lower_bound = |var: Var| {
            let mut shifted = Polynomial::from(var);
            shifted.add(&Polynomial::from(symbols.at_least(var)));
            shifted
        };
        let moves = |var: Var| symbols.at_least(var) > 0;
        self.replace(moves, by_lower_bound)
            .is_some_and(|shifted| shifted.is_plain())
    }

    /// Writes the whole of a sum as its part and its rest.
    fn split(&self, sum: Sum) -> Option<Polynomial> {
        let mut parts = Polynomial::from(sum.part);
        parts.add(&Polynomial::from(sum.rest));
        self.replace(|var| var == sum.whole, |_| parts.clone())
    }

    /// Replaces symbols by sums of two terms, unless the result would be too large.
    fn replace(
        &self,
        moves: impl Fn(Var) -> bool,
        by: impl Fn(Var) -> Polynomial,
    ) -> Option<Polynomial> {
        let mut size = 0usize;
        for monomial in self.terms.keys() {
            let replaced = monomial.0.iter().filter(|(var, _)| moves(*var));
            let terms = replaced.fold(1usize, |terms, (_, power)| {
                terms.saturating_mul((*power as usize).saturating_add(1))
            });
            size = size.saturating_add(terms);
        }
        if size > SHIFTED_TERMS {
            return None;
        }
        let mut result = Polynomial::default();
        for (monomial, coefficient) in &self.terms {
            let kept = monomial.0.iter().filter(|(var, _)| !moves(*var));
            let mut product =
                Polynomial::term(Monomial(kept.copied().collect()), coefficient.clone());
            for (var, power) in monomial.0.iter().filter(|(var, _)| moves(*var)) {
                for _ in 0..*power {
                    product = product.times(&by(*var));
                }
            }
            result.add(&product);
        }
        Some(result)
    }

    /// The larger coefficient of each term: at least both polynomials.
    #[must_use]
    pub fn coefficient_max(&self, other: &Polynomial) -> Polynomial {
        self.coefficientwise(other, BigInt::max)
    }

    /// The smaller coefficient of each term: at most both polynomials.
    #[must_use]
    pub fn coefficient_min(&self, other: &Polynomial) -> Polynomial {
        self.coefficientwise(other, BigInt::min)
    }

    fn coefficientwise(
        &self,
        other: &Polynomial,
        pick: impl Fn(BigInt, BigInt) -> BigInt,
    ) -> Polynomial {
        let mut result = Polynomial::default();
        for monomial in self.terms.keys().chain(other.terms.keys()) {
            if !result.terms.contains_key(monomial) {
                let of = |p: &Polynomial| p.terms.get(monomial).cloned().unwrap_or_default();
                let coefficient = pick(of(self), of(other));
                if coefficient.sign() != Sign::NoSign {
                    result.terms.insert(monomial.clone(), coefficient);
                }
            }
        }
        result
    }

    /// Fills in the sizes that are known; what remains depends on the others and on rounds.
    #[must_use]
    pub fn at(&self, sizes: &BTreeMap<SizeId, u64>, symbols: &Symbols) -> Polynomial {
        self.substitute(|var| symbols.value(var, sizes).map(BigInt::from))
    }

    /// Fills in the symbols that have a value.
    #[must_use]
    pub fn substitute(&self, value: impl Fn(Var) -> Option<BigInt>) -> Polynomial {
        let mut result = Polynomial::default();
        for (monomial, coefficient) in &self.terms {
            let mut kept = Vec::new();
            let mut product = coefficient.clone();
            for (var, power) in &monomial.0 {
                match value(*var) {
                    Some(value) => product *= value.pow(*power),
                    None => kept.push((*var, *power)),
                }
            }
            result.add_term(&Monomial(kept), &product);
        }
        result
    }

    /// The terms as printed: of the highest degree first, then in the order of the symbols. A
    /// product of no symbols is the constant.
    pub fn terms(&self) -> Vec<(Vec<(Var, u32)>, &BigInt)> {
        let mut terms: Vec<_> = self.terms.iter().collect();
        terms.sort_by(|(a, _), (b, _)| b.degree().cmp(&a.degree()).then_with(|| a.cmp(b)));
        terms
            .into_iter()
            .map(|(monomial, value)| (monomial.0.clone(), value))
            .collect()
    }

    /// The polynomial as text: `m·20 + 50`; `m²`; `m·0.1` with [`Unit::Millionth`].
    pub fn display(&self, symbols: &Symbols, unit: Unit) -> String {
        let mut text = String::new();
        for (powers, coefficient) in self.terms() {
            let negative = coefficient.sign() == Sign::Minus;
            text.push_str(match (text.is_empty(), negative) {
                (true, true) => "-",
                (true, false) => "",
                (false, true) => " - ",
                (false, false) => " + ",
            });
            let number = decimal(&coefficient.magnitude().to_string(), unit);
            let mut factors: Vec<String> = powers
                .iter()
                .map(|(var, power)| factor(symbols, *var, *power))
                .collect();
            if factors.is_empty() || number != "1" {
                factors.push(number);
            }
            text.push_str(&factors.join("·"));
        }
        if text.is_empty() {
            "0".to_owned()
        } else {
            text
        }
    }
}

fn factor(symbols: &Symbols, var: Var, power: u32) -> String {
    let name = symbols.get(var).map_or("?", |symbol| symbol.name.as_str());
    if power == 1 {
        return name.to_owned();
    }
    let digits = power.to_string();
    let raised = digits.chars().map(|digit| match digit {
        '1' => '¹',
        '2' => '²',
        '3' => '³',
        '0' => '⁰',
        other => char::from_u32(0x2070 + other.to_digit(10).unwrap_or(0)).unwrap_or(other),
    });
    name.chars().chain(raised).collect()
}

/// Digits as a number in the unit: `100000` millionths are `0.1`.
fn decimal(digits: &str, unit: Unit) -> String {
    if unit == Unit::One {
        return digits.to_owned();
    }
    let padded = format!("{digits:0>7}");
    let (whole, fraction) = padded.split_at(padded.len() - 6);
    let fraction = fraction.trim_end_matches('0');
    if fraction.is_empty() {
        whole.to_owned()
    } else {
        format!("{whole}.{fraction}")
    }
}
