//! The bounds against the automaton: the cheapest and the dearest path at the size of the cutoff.
//!
//! The automaton is built by other code from the same tree, so the two disagree if either reads a
//! timeout, a family or a choice in another way than SEMANTICS has it. Protocols whose automaton
//! has a cycle are left to the enumeration of runs.

#![allow(
    clippy::disallowed_methods,
    reason = "edge: the test reads the repository's protocols"
)]

use std::collections::BTreeMap;
use std::path::Path;

use aura_dsl::audit::{Amount, Audit, audit};
use aura_dsl::automaton::Automaton;
use aura_dsl::automaton::graph::Edge;
use aura_dsl::global::{Block, Protocol, RoleId, Size, SizeId, Step};
use num_bigint::BigInt;

use crate::texts::compiled;

/// The sizes that an instance stands for, or `None` where a counted loop was cut short.
fn sizes(protocol: &Protocol, automaton: &Automaton) -> Option<BTreeMap<SizeId, u64>> {
    let mut sizes: BTreeMap<SizeId, u64> = BTreeMap::new();
    let members = |index: usize| automaton.instance.members(RoleId::of(index));
    for (index, role) in protocol.roles.iter().enumerate() {
        if let (Some(Size::Symbol(id)), Some(count)) = (&role.family, members(index)) {
            sizes.insert(*id, count as u64);
        }
    }
    for (index, role) in protocol.roles.iter().enumerate() {
        match (&role.family, members(index)) {
            (Some(Size::Difference(whole, part)), Some(count)) => {
                let (Size::Symbol(whole), Size::Symbol(part)) = (&**whole, &**part) else {
                    return None;
                };
                sizes.insert(*whole, sizes.get(part)? + count as u64);
            }
            (Some(Size::Number(number)), Some(count)) if *number != count as u64 => return None,
            _ => {}
        }
    }
    let rounds = |size: &Size, sizes: &mut BTreeMap<SizeId, u64>| match size {
        Size::Number(number) => *number <= 2,
        Size::Symbol(id) => *sizes.entry(*id).or_insert(2) == 2,
        Size::Difference(..) => false,
    };
    if !counts(&protocol.body)
        .iter()
        .all(|count| rounds(count, &mut sizes))
    {
        return None;
    }
    for index in 0..protocol.sizes.len() {
        sizes.entry(SizeId::of(index)).or_insert(1);
    }
    Some(sizes)
}

fn counts(block: &Block) -> Vec<Size> {
    let mut found = Vec::new();
    for step in &block.steps {
        match step {
            Step::Counted(counted) => {
                found.push(counted.count.clone());
                found.extend(counts(&counted.body));
            }
            Step::Choice(choice) => {
                let branches = choice.branches.iter();
                found.extend(branches.flat_map(|branch| counts(&branch.body)));
            }
            Step::For(each) => found.extend(counts(&each.body)),
            Step::Par(par) => found.extend(par.branches.iter().flat_map(counts)),
            Step::Timeout(timeout) => {
                found.extend(counts(&timeout.body));
                found.extend(counts(&timeout.otherwise));
            }
            Step::Decided(decided) => found.extend(counts(&decided.body)),
            Step::Rec(rec) => found.extend(counts(&rec.body)),
            Step::Send(_) | Step::Continue(..) | Step::Local(_) => {}
        }
    }
    found
}

/// The states so that every edge leads to a later one, or `None` where there is a cycle.
fn sorted(automaton: &Automaton) -> Option<Vec<u32>> {
    let graph = &automaton.graph;
    let mut entering: Vec<usize> = graph.states().map(|s| graph.entering(s).len()).collect();
    let mut order: Vec<u32> = graph
        .states()
        .filter(|s| entering[*s as usize] == 0)
        .collect();
    let mut done = 0;
    while let Some(state) = order.get(done).copied() {
        done += 1;
        for edge in graph.leaving(state) {
            entering[edge.to as usize] -= 1;
            if entering[edge.to as usize] == 0 {
                order.push(edge.to);
            }
        }
    }
    (order.len() == graph.len()).then_some(order)
}

/// The least and the most of a path from the first state to an end.
fn extremes(automaton: &Automaton, order: &[u32], weight: impl Fn(&Edge) -> u64) -> (u64, u64) {
    let graph = &automaton.graph;
    let mut best: Vec<Option<(u64, u64)>> = vec![None; graph.len()];
    for state in order.iter().rev() {
        let mut found: Option<(u64, u64)> = graph.is_end(*state).then_some((0, 0));
        for edge in graph.leaving(*state) {
            let Some((least, most)) = best[edge.to as usize] else {
                continue;
            };
            let (least, most) = (least + weight(edge), most + weight(edge));
            found = Some(found.map_or((least, most), |(a, b)| (a.min(least), b.max(most))));
        }
        best[*state as usize] = found;
    }
    best[0].unwrap()
}

fn compare(protocol: &Protocol, audit: &Audit, automaton: &Automaton) -> bool {
    let Some(order) = sorted(automaton) else {
        return false;
    };
    let Some(sizes) = sizes(protocol, automaton) else {
        return false;
    };
    let audit = audit.at(&sizes);
    let check = |amount: &Amount, about: &str, counts: &dyn Fn(RoleId, RoleId) -> bool| {
        let (least, most) = extremes(automaton, &order, |edge| {
            let signature = automaton.alphabet.signature(edge.signature);
            let Some(send) = signature.send.map(|send| &protocol.sends[send.index()]) else {
                return 0;
            };
            if counts(send.from.role, send.to.role) {
                send.terms.cost
            } else {
                0
            }
        });
        let range = amount.complete.as_ref().unwrap();
        let (best, worst) = (
            range.best.value.as_constant().unwrap(),
            range.worst.value.as_constant().unwrap(),
        );
        let about = format!("{}: {about} at {sizes:?}", protocol.name);
        assert!(
            best <= BigInt::from(least),
            "{about}: best {best}, path {least}"
        );
        assert!(
            worst >= BigInt::from(most),
            "{about}: worst {worst}, path {most}"
        );
        if range.best.exact {
            assert_eq!(best, BigInt::from(least), "{about}");
        }
        if range.worst.exact {
            assert_eq!(worst, BigInt::from(most), "{about}");
        }
    };
    check(&audit.cost.run, "run", &|_, _| true);
    for row in &audit.cost.pairs {
        let about = format!("{:?} to {:?}", row.role, row.peer);
        check(&row.amount, &about, &|from, to| {
            (from, Some(to)) == (row.role, row.peer)
        });
    }
    true
}

fn texts(folder: &Path, found: &mut Vec<String>) {
    let mut entries: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            texts(&path, found);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "aura")
        {
            found.push(std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn bounds_agree_with_the_paths_of_the_automaton() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    texts(&root.join("../protocols"), &mut found);
    texts(&root.join("tests/corpus/pass"), &mut found);
    texts(&root.join("tests/corpus/verdict-fail"), &mut found);
    let (mut compared, mut left_out) = (0, 0);
    for text in found {
        let compilation = compiled(&text);
        let Some(program) = &compilation.program else {
            continue;
        };
        for (protocol, compiled) in program.protocols().iter().zip(&compilation.protocols) {
            let Some(compiled) = compiled else { continue };
            for automaton in &compiled.automata.instances {
                if compare(protocol, &audit(protocol), automaton) {
                    compared += 1;
                } else {
                    left_out += 1;
                }
            }
        }
    }
    assert!(
        compared > 2 * left_out,
        "{compared} compared, {left_out} left out"
    );
    assert!(compared >= 12, "{compared} compared");
}
