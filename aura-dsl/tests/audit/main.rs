//! The audit's bounds against an enumeration of all runs, and its speed on large protocols.

#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]
#![allow(unreachable_pub, reason = "the modules of one test binary")]

mod contexts;
mod draw;
mod paths;
mod polynomials;
mod resilience;
mod runs;
mod speed;
mod texts;
mod tree;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use aura_dsl::audit::{self, Amount, Audit, Measure, Polynomial, SymbolKind};
use aura_dsl::global::{Observer, Protocol, RoleId};
use num_bigint::BigInt;
use proptest::prelude::*;

use runs::{Message, World};

/// Which messages of a run are counted.
#[derive(Clone, Copy, Debug)]
struct Count {
    from: Option<RoleId>,
    member: Option<u64>,
    to: Option<RoleId>,
    measure: Measure,
}

impl Count {
    fn of(self, protocol: &Protocol, run: &[Message], spare: bool) -> u64 {
        run.iter()
            .filter(|message| self.from.is_none_or(|role| message.from.0 == role))
            .filter(|message| self.member.is_none_or(|member| message.from.1 == member))
            .filter(|message| self.to.is_none_or(|role| message.to.0 == role))
            .filter(|message| spare || !message.spare)
            .map(|message| {
                let terms = &protocol.sends[message.send.index()].terms;
                match self.measure {
                    Measure::Cost => terms.cost,
                    Measure::Leak(class) => terms
                        .leak
                        .iter()
                        .filter(|(observer, _)| *observer == class)
                        .map(|(_, value)| value)
                        .sum(),
                }
            })
            .sum()
    }
}

fn value(polynomial: &Polynomial, audit: &Audit, world: &World<'_>) -> BigInt {
    let filled = polynomial.at(&world.sizes, &audit.symbols);
    let filled = filled.substitute(|var| match &audit.symbols.get(var)?.kind {
        SymbolKind::Rounds(_) => Some(BigInt::from(world.rounds)),
        SymbolKind::Sum(sum) => Some(value(sum, audit, world)),
        SymbolKind::Size(_) | SymbolKind::Rest(..) => None,
    });
    filled.as_constant().unwrap()
}

static VALUES: AtomicUsize = AtomicUsize::new(0);
static EXACT: AtomicUsize = AtomicUsize::new(0);
static SKIPPED: AtomicUsize = AtomicUsize::new(0);

/// Compares an amount with all runs.
fn compare(
    amount: &Amount,
    audit: &Audit,
    world: &World<'_>,
    runs: &[Vec<Message>],
    counts: &[Count],
) -> Result<(), TestCaseError> {
    let sums = |spare: bool| {
        let all = runs.iter().flat_map(move |run| {
            counts
                .iter()
                .map(move |count| count.of(world.protocol, run, spare))
        });
        all.map(BigInt::from).collect::<Vec<_>>()
    };
    let range = amount.complete.as_ref().unwrap();
    let (least, most) = (
        sums(true).into_iter().min().unwrap(),
        sums(true).into_iter().max().unwrap(),
    );
    let (best, worst) = (
        value(&range.best.value, audit, world),
        value(&range.worst.value, audit, world),
    );
    let about = format!("{counts:?} at {:?}, {} rounds", world.sizes, world.rounds);
    VALUES.fetch_add(2, Ordering::Relaxed);
    EXACT.fetch_add(
        usize::from(range.best.exact) + usize::from(range.worst.exact),
        Ordering::Relaxed,
    );
    prop_assert!(best <= least, "best {best} above {least}: {about}");
    prop_assert!(worst >= most, "worst {worst} below {most}: {about}");
    if range.best.exact {
        prop_assert_eq!(&best, &least, "best is not attained: {}", about);
    }
    if range.worst.exact {
        prop_assert_eq!(&worst, &most, "worst is not attained: {}", about);
    }
    if counts.iter().all(|count| count.member.is_none()) {
        let needed = value(&range.needed.value, audit, world);
        let least = sums(false).into_iter().min().unwrap();
        prop_assert!(needed <= least, "needed {needed} above {least}: {about}");
        if range.needed.exact {
            prop_assert_eq!(&needed, &least, "needed is not attained: {}", about);
        }
    }
    Ok(())
}

fn agrees(protocol: &Protocol, world: &World<'_>) -> Result<(), TestCaseError> {
    let Some(runs) = runs::runs(world) else {
        SKIPPED.fetch_add(1, Ordering::Relaxed);
        return Ok(());
    };
    let audit = audit::audit(protocol);
    let accounts = [&audit.cost]
        .into_iter()
        .chain(audit.leakage.iter().map(|leak| &leak.account));
    for account in accounts {
        if account.measure == Measure::Leak(Observer::Group) {
            continue;
        }
        let count = |from, member, to| Count {
            from,
            member,
            to,
            measure: account.measure,
        };
        compare(
            &account.run,
            &audit,
            world,
            &runs,
            &[count(None, None, None)],
        )?;
        for row in account.roles.iter().chain(&account.pairs) {
            let role = Some(row.role);
            compare(
                &row.amount,
                &audit,
                world,
                &runs,
                &[count(role, None, row.peer)],
            )?;
            if let Some(amount) = &row.per_member {
                let members: Vec<Count> = (0..world.members(row.role))
                    .map(|member| count(role, Some(member), row.peer))
                    .collect();
                compare(amount, &audit, world, &runs, &members)?;
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, max_shrink_iters: 4_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn bounds_hold_and_exact_ones_are_attained(
        shapes in draw::shapes(),
        m in 1u64..4,
        n in 1u64..3,
        t in 1u64..4,
        rounds in 0u64..3,
    ) {
        let protocol = draw::plant(&shapes);
        let sizes = BTreeMap::from([(tree::M, m), (tree::N, n), (tree::T, t.min(m))]);
        let world = World { protocol: &protocol, sizes, rounds };
        agrees(&protocol, &world)?;
    }
}
