//! Random merges, compactions and openings, against journals that were never in a store.

use std::collections::{BTreeMap, BTreeSet};

use aura_runtime::{
    fact::Fact,
    identity::AuthorityId,
    journal::{Cut, Journal, Namespace},
    lattice::Join as _,
};
use futures::executor::block_on;
use proptest::{collection::vec, prelude::*};

use super::ground::{CONTEXTS, Ground, Reduce, State, fact, journal, of};

#[derive(Clone, Debug)]
enum Step {
    Merge(Namespace, Vec<Fact>, Cut),
    Compact(Namespace, Cut),
    Open,
}

fn namespaces() -> impl Strategy<Value = Namespace> {
    prop_oneof![
        (0usize..2).prop_map(|at| Namespace::Context(CONTEXTS[at])),
        (0u8..2).prop_map(|author| Namespace::Authority(AuthorityId([author; 32]))),
    ]
}

fn facts() -> impl Strategy<Value = Vec<Fact>> {
    let one = (0usize..2, 0u8..2, 0u8..2, 0u64..20);
    vec(one.prop_map(|(c, a, s, step)| fact(c, a, s, step)), 0..40)
}

fn cuts() -> impl Strategy<Value = Cut> {
    vec((0usize..2, 0u8..2, 0u8..2, 0u64..20), 0..4).prop_map(|marks| {
        let mut cut = Cut::default();
        for (context, author, session, step) in marks {
            let fact = fact(context, author, session, step);
            cut.join(&Cut::below(fact.author, fact.session, step));
        }
        cut
    })
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (namespaces(), facts(), cuts()).prop_map(|(n, f, c)| Step::Merge(n, f, c)),
        3 => (namespaces(), cuts()).prop_map(|(n, c)| Step::Compact(n, c)),
        1 => Just(Step::Open),
    ];
    vec(step, 1..14)
}

fn compacted(mut journal: Journal<State>, cut: &Cut) -> Journal<State> {
    let snapshot = journal.snapshot(cut.clone(), &Reduce);
    journal.compact(&snapshot).unwrap();
    journal
}

fn belongs(namespace: Namespace, fact: &Fact) -> bool {
    Namespace::of(fact).contains(&namespace)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever is merged, compacted and opened again, each journal is the one that saw the same and
    /// was in no store; and the store holds what some journal holds, and no more.
    #[test]
    fn a_ledgers_journals_are_journals(steps in steps()) {
        for ground in Ground::each() {
            let mut ledger = ground.open();
            let mut model: BTreeMap<Namespace, Journal<State>> = BTreeMap::new();
            for namespace in [(0, 0), (1, 1)].into_iter().flat_map(|(c, a)| Namespace::of(&fact(c, a, 0, 0))) {
                model.insert(namespace, Journal::new(namespace));
            }
            for step in &steps {
                match step {
                    Step::Merge(namespace, facts, cut) => {
                        let facts = facts.iter().filter(|fact| belongs(*namespace, fact)).cloned();
                        let theirs = compacted(of(*namespace, facts), cut);
                        block_on(ledger.merge(&theirs)).unwrap();
                        let before = model[namespace].clone();
                        model.get_mut(namespace).unwrap().merge(&theirs).unwrap();
                        // A fact that is new to one journal is new to the other that it belongs to.
                        for fact in theirs.facts().filter(|fact| !before.contains(fact.id())) {
                            if !model[namespace].contains(fact.id()) {
                                continue;
                            }
                            for other in Namespace::of(&fact) {
                                model.get_mut(&other).unwrap().insert(fact.clone()).unwrap();
                            }
                        }
                    }
                    Step::Compact(namespace, cut) => {
                        let snapshot = journal(&ledger, *namespace).snapshot(cut.clone(), &Reduce);
                        block_on(ledger.compact(&snapshot)).unwrap();
                        let mine = model[namespace].clone();
                        model.insert(*namespace, compacted(mine, cut));
                    }
                    Step::Open => {
                        drop(ledger);
                        ledger = ground.open();
                    }
                }
                for (namespace, expected) in &model {
                    prop_assert_eq!(&journal(&ledger, *namespace), expected);
                }
            }
            drop(ledger);
            let held: BTreeSet<_> = model.values().flat_map(|it| it.facts().map(|fact| fact.id())).collect();
            prop_assert_eq!(ground.stored(), held.len());
        }
    }
}
