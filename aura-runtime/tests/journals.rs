//! Journals: any order of insertions and merges ends in the same state, compaction is a retraction that
//! preserves joins, and a merge looks only where two sets differ.
#![allow(clippy::unwrap_used, reason = "tests stop at the first surprise")]

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Instant,
};

use aura_runtime::{
    fact::Fact,
    identity::{AuthorityId, ContextId, SessionId},
    join_laws,
    journal::{Cut, Journal, JournalError, Namespace, Reducer},
    lattice::{Bottom, Join},
    machine::ProtocolHash,
};
use proptest::{collection::vec, prelude::*};

const HERE: Namespace = Namespace::Context(ContextId([2; 32]));

/// What the tests' facts amount to: the last step of each session, and every value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct State {
    last: BTreeMap<SessionId, u64>,
    values: BTreeSet<Vec<u8>>,
}

impl Join for State {
    fn join(&mut self, other: &Self) {
        self.last.join(&other.last);
        self.values.join(&other.values);
    }
}

impl Bottom for State {
    fn bottom() -> Self {
        Self::default()
    }
}

struct Reduce;

impl Reducer for Reduce {
    type State = State;

    fn reduce(&self, fact: &Fact) -> State {
        State {
            last: BTreeMap::from([(fact.session, fact.step)]),
            values: fact.fields.iter().map(|(_, value)| value.clone()).collect(),
        }
    }
}

fn fact(author: u8, session: u8, step: u64) -> Fact {
    Fact {
        namespace: "n".into(),
        name: "happened".into(),
        protocol: ProtocolHash([1; 32]),
        context: ContextId([2; 32]),
        session: SessionId([session; 16]),
        step,
        role: 0,
        author: AuthorityId([author; 32]),
        peer: AuthorityId([6; 32]),
        fields: vec![("x".into(), vec![author, session, step.to_le_bytes()[0]])],
    }
}

fn journal(facts: impl IntoIterator<Item = Fact>) -> Journal<State> {
    let mut journal = Journal::new(HERE);
    for fact in facts {
        journal.insert(fact).unwrap();
    }
    journal
}

/// Heap's algorithm: every order of the items.
fn permutations<T: Clone>(items: &mut [T], size: usize, each: &mut dyn FnMut(&[T])) {
    if size <= 1 {
        return each(items);
    }
    for at in 0..size {
        permutations(items, size - 1, each);
        items.swap(if size.is_multiple_of(2) { at } else { 0 }, size - 1);
    }
}

#[test]
fn every_order_of_up_to_seven_facts_gives_one_state() {
    let mut count = 0;
    for size in 0..=7u8 {
        let mut facts: Vec<Fact> = (0..size)
            .map(|at| fact(at % 2, at % 3, u64::from(at)))
            .collect();
        let expected = journal(facts.clone());
        let state = expected.reduce(&Reduce);
        let len = facts.len();
        permutations(&mut facts, len, &mut |order| {
            let other = journal(order.iter().cloned());
            assert_eq!(other, expected);
            assert_eq!(other.reduce(&Reduce), state);
            assert!(other.facts().eq(expected.facts()), "the order is the set's");
            count += 1;
        });
    }
    assert_eq!(count, 1 + 1 + 2 + 6 + 24 + 120 + 720 + 5040);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    /// A thousand facts in any order, merged from any number of parts that overlap.
    #[test]
    fn any_order_of_a_thousand_facts_gives_one_state(
        order in Just((0..1000u64).collect::<Vec<_>>()).prop_shuffle(),
        parts in vec((0usize..1000, 0usize..1000), 1..8),
    ) {
        let facts: Vec<Fact> = order.iter().map(|at| fact((at % 5) as u8, (at % 7) as u8, *at)).collect();
        let expected = journal((0..1000).map(|at| fact((at % 5) as u8, (at % 7) as u8, at)));
        let mut merged = Journal::new(HERE);
        for (from, to) in parts {
            let (from, to) = (from.min(to), from.max(to));
            merged.merge(&journal(facts[from..to].iter().cloned())).unwrap();
            merged.merge(&journal(facts[..from].iter().rev().cloned())).unwrap();
        }
        merged.merge(&journal(facts)).unwrap();
        prop_assert_eq!(&merged, &expected);
        prop_assert_eq!(merged.reduce(&Reduce), expected.reduce(&Reduce));
    }
}

/// Journals of one namespace, some of them compacted: what the laws are checked on.
#[derive(Clone, Debug, PartialEq)]
struct Within(Journal<State>);

impl Join for Within {
    fn join(&mut self, other: &Self) {
        self.0.merge(&other.0).unwrap();
    }
}

impl Bottom for Within {
    fn bottom() -> Self {
        Self(Journal::new(HERE))
    }
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    vec((0u8..2, 0u8..2, 0u64..40), 0..90).prop_map(|all| {
        all.into_iter()
            .map(|(a, s, step)| fact(a, s, step))
            .collect()
    })
}

fn cuts() -> impl Strategy<Value = Cut> {
    vec((0u8..2, 0u8..2, 0u64..40), 0..3).prop_map(|marks| {
        marks
            .into_iter()
            .fold(Cut::default(), |mut cut, (a, s, step)| {
                cut.join(&Cut::below(AuthorityId([a; 32]), SessionId([s; 16]), step));
                cut
            })
    })
}

/// h: the journal with what the cut covers in its reduced state.
fn compacted(journal: &Journal<State>, cut: &Cut) -> Journal<State> {
    let mut journal = journal.clone();
    let snapshot = journal.snapshot(cut.clone(), &Reduce);
    journal.compact(&snapshot).unwrap();
    journal
}

fn within() -> impl Strategy<Value = Within> {
    (facts(), cuts()).prop_map(|(facts, cut)| Within(compacted(&journal(facts), &cut)))
}

join_laws!(journals_join: Within = within());

fn joined(left: &Journal<State>, right: &Journal<State>) -> Journal<State> {
    let mut both = left.clone();
    both.merge(right).unwrap();
    both
}

proptest! {
    /// h(x ⊔ y) = h(x) ⊔ h(y)
    #[test]
    fn compaction_preserves_joins(x in facts(), y in facts(), cut in cuts()) {
        let (x, y) = (journal(x), journal(y));
        let left = compacted(&joined(&x, &y), &cut);
        let right = joined(&compacted(&x, &cut), &compacted(&y, &cut));
        prop_assert_eq!(left, right);
    }

    /// h(x) ≤ x in the order of facts, h(h(x)) = h(x), and nothing that the facts amount to is lost.
    #[test]
    fn compaction_is_a_retraction(x in facts(), cut in cuts()) {
        let x = journal(x);
        let h = compacted(&x, &cut);
        for fact in h.facts() {
            prop_assert!(x.contains(fact.id()));
            prop_assert!(!cut.covers(fact.author, fact.session, fact.step));
        }
        let gone = x.facts().filter(|fact| !h.contains(fact.id()));
        for fact in gone {
            prop_assert!(cut.covers(fact.author, fact.session, fact.step));
        }
        prop_assert_eq!(h.reduce(&Reduce), x.reduce(&Reduce));
        prop_assert_eq!(&compacted(&h, &cut), &h);
        // What was compacted does not return by a merge, nor one by one.
        prop_assert_eq!(&joined(&h, &x), &h);
        let mut again = h.clone();
        for fact in x.facts() {
            prop_assert_eq!(again.insert(fact.clone()), Ok(false));
        }
        prop_assert_eq!(again, h);
    }
}

#[test]
fn a_snapshot_of_other_facts_is_refused() {
    let seen = journal([fact(1, 1, 1), fact(1, 1, 3)]);
    let more = journal([fact(1, 1, 1), fact(1, 1, 2), fact(1, 1, 3), fact(1, 1, 9)]);
    let cut = Cut::below(AuthorityId([1; 32]), SessionId([1; 16]), 4);
    let snapshot = seen.snapshot(cut.clone(), &Reduce);
    let mut refused = more.clone();
    assert_eq!(refused.compact(&snapshot), Err(JournalError::Snapshot));
    assert_eq!(refused, more);
    assert_eq!(compacted(&more, &cut).len(), 1);
    assert_eq!(
        Cut::covering(&more.facts().collect::<Vec<_>>()),
        Cut::below(AuthorityId([1; 32]), SessionId([1; 16]), 10)
    );
}

#[test]
fn namespaces_are_kept_apart() {
    let author = Namespace::Authority(AuthorityId([1; 32]));
    let mut of_author = Journal::<State>::new(author);
    assert_eq!(of_author.insert(fact(1, 1, 1)), Ok(true));
    assert_eq!(of_author.insert(fact(1, 1, 1)), Ok(false));
    let foreign = of_author.insert(fact(2, 1, 1)).unwrap_err();
    assert!(matches!(foreign, JournalError::Foreign { .. }));
    let before = of_author.clone();
    let refused = of_author.merge(&journal([fact(1, 1, 2)])).unwrap_err();
    assert_eq!(
        refused,
        JournalError::Namespaces {
            ours: author,
            theirs: HERE
        }
    );
    assert_eq!(of_author, before);
    let mut elsewhere = fact(1, 1, 1);
    elsewhere.context = ContextId([9; 32]);
    assert!(journal([]).insert(elsewhere).is_err());
    let snapshot = before.snapshot(Cut::default(), &Reduce);
    assert!(journal([]).compact(&snapshot).is_err());
}

/// Two journals that differ in a hundred facts: only the way to those is entered.
#[test]
fn a_merge_looks_only_where_two_journals_differ() {
    let many = if cfg!(debug_assertions) {
        20_000u64
    } else {
        1_000_000
    };
    let of = |at: u64| fact((at % 3) as u8, (at % 200) as u8, at);
    let common = journal((0..many).map(of));
    let (mut left, mut right) = (common.clone(), common);
    for at in 0..50 {
        left.insert(of(many + at)).unwrap();
        right.insert(of(many + 50 + at)).unwrap();
    }
    let (_, _) = (left.digest(), right.digest());
    let began = Instant::now();
    let merged = left.merge(&right).unwrap();
    println!(
        "{many} facts, 100 differ: {merged:?} in {:?}",
        began.elapsed()
    );
    assert_eq!(merged.new, 50);
    // 100 paths of at most six nodes.
    assert!(merged.entered <= 600, "{merged:?}");
    assert_eq!(left.len() as u64, many + 100);
    right.merge(&left).unwrap();
    assert_eq!(left, right);
    assert_eq!(left.merge(&right).unwrap().entered, 0);
}
