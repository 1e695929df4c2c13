//! Polynomials against their values.

use std::collections::BTreeMap;

use aura_dsl::audit::{Polynomial, Symbols, Unit};
use aura_dsl::global::{Size, SizeId};
use num_bigint::BigInt;
use proptest::prelude::*;

use crate::tree::{M, N, T, Tree};

fn symbols() -> Symbols {
    Symbols::of(&Tree::default().finish(Vec::new()))
}

fn size(id: SizeId) -> Size {
    Size::Symbol(id)
}

fn rest() -> Size {
    Size::Difference(Box::new(size(M)), Box::new(size(T)))
}

/// A sum of products: each of a number, whether it is taken away, and what it multiplies.
fn built(terms: &[(u64, bool, Vec<u8>)], symbols: &Symbols) -> Polynomial {
    let mut sum = Polynomial::default();
    for (number, negative, factors) in terms {
        let mut product = Polynomial::from(*number);
        for factor in factors {
            let size = [size(M), size(N), size(T), rest()][usize::from(*factor)].clone();
            product = product.times(&Polynomial::of_size(&size, symbols));
        }
        if *negative {
            sum = sum.minus(&product);
        } else {
            sum.add(&product);
        }
    }
    sum
}

fn valued(terms: &[(u64, bool, Vec<u8>)], [m, n, t]: [u64; 3]) -> BigInt {
    let values = [m, n, t, m - t];
    terms
        .iter()
        .map(|(number, negative, factors)| {
            let factors = factors
                .iter()
                .map(|factor| BigInt::from(values[usize::from(*factor)]));
            let product = factors.fold(BigInt::from(*number), |product, factor| product * factor);
            if *negative { -product } else { product }
        })
        .sum()
}

fn at(polynomial: &Polynomial, [m, n, t]: [u64; 3], symbols: &Symbols) -> BigInt {
    let sizes = BTreeMap::from([(M, m), (N, n), (T, t)]);
    polynomial.at(&sizes, symbols).as_constant().unwrap()
}

fn points() -> Vec<[u64; 3]> {
    let mut points = Vec::new();
    for m in [1, 2, 3, 7, 1000] {
        for n in [1, 2, 5, 1000] {
            points.extend(
                [1, 2, 3, 6, 1000]
                    .into_iter()
                    .filter(|t| *t <= m)
                    .map(|t| [m, n, t]),
            );
        }
    }
    points
}

fn terms() -> impl Strategy<Value = Vec<(u64, bool, Vec<u8>)>> {
    let term = (0u64..6, any::<bool>(), prop::collection::vec(0u8..4, 0..4));
    prop::collection::vec(term, 0..5)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn sums_and_products_have_the_right_values(a in terms(), b in terms()) {
        let symbols = symbols();
        let (p, q) = (built(&a, &symbols), built(&b, &symbols));
        for point in points() {
            prop_assert_eq!(at(&p, point, &symbols), valued(&a, point));
            let product = at(&p.times(&q), point, &symbols);
            prop_assert_eq!(product, valued(&a, point) * valued(&b, point));
        }
    }

    #[test]
    fn dominance_holds_at_every_size(a in terms(), b in terms()) {
        let symbols = symbols();
        let (p, q) = (built(&a, &symbols), built(&b, &symbols));
        let dominates = p.dominates(&q, &symbols);
        let (high, low) = (p.coefficient_max(&q), p.coefficient_min(&q));
        for point in points() {
            let (x, y) = (at(&p, point, &symbols), at(&q, point, &symbols));
            prop_assert!(!dominates || x >= y, "at {point:?}");
            prop_assert!(at(&high, point, &symbols) >= x.clone().max(y.clone()));
            prop_assert!(at(&low, point, &symbols) <= x.min(y));
        }
    }
}

#[test]
fn a_quorum_is_known_to_be_at_most_its_family() {
    let symbols = symbols();
    let of = |size: &Size| Polynomial::of_size(size, &symbols);
    let (m, n, t, rest) = (of(&size(M)), of(&size(N)), of(&size(T)), of(&rest()));
    assert!(m.dominates(&t, &symbols) && m.dominates(&rest, &symbols));
    assert!(!t.dominates(&m, &symbols) && !m.dominates(&n, &symbols));
    let mut parts = t.clone();
    parts.add(&rest);
    assert!(parts.dominates(&m, &symbols) && m.dominates(&parts, &symbols));
    // Every size is at least 1.
    assert!(m.times(&n).dominates(&n, &symbols));
}

#[test]
fn polynomials_print_as_in_the_documents() {
    let symbols = symbols();
    let text =
        |terms: &[(u64, bool, Vec<u8>)], unit| built(terms, &symbols).display(&symbols, unit);
    let terms = [(50, false, vec![]), (20, false, vec![0])];
    assert_eq!(text(&terms, Unit::One), "m·20 + 50");
    let terms = [
        (1, false, vec![2, 0]),
        (1, true, vec![0, 0]),
        (7, true, vec![]),
    ];
    assert_eq!(text(&terms, Unit::One), "m·t - m² - 7");
    assert_eq!(text(&[(3, false, vec![3])], Unit::One), "(m - t)·3");
    assert_eq!(text(&[], Unit::One), "0");
    let terms = [(1_250_000, false, vec![1]), (1, false, vec![])];
    assert_eq!(text(&terms, Unit::Millionth), "n·1.25 + 0.000001");
    assert_eq!(text(&[(1_000_000, false, vec![1])], Unit::Millionth), "n");
}
