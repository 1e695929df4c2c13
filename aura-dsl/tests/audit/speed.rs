//! The audit of large protocols: nothing grows faster than the text allows.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "edge: the test measures and tells what it measured"
)]

use std::time::Instant;

use aura_dsl::audit::audit;
use aura_dsl::contexts::contexts;
use aura_dsl::global::{Protocol, Role, RoleId, Size, Step};

use crate::tree::{A, B, C, M, N, Tree, nowhere, one};

/// For a debug build on a busy machine; an optimised one takes milliseconds. Nested loops took
/// minutes before long sums were abbreviated.
const SECONDS: u64 = 30;

fn quick(name: &str, build: impl FnOnce() -> Protocol + Send + 'static) {
    let name = name.to_owned();
    let thread = std::thread::Builder::new().stack_size(512 << 20);
    let run = move || {
        let protocol = build();
        let start = Instant::now();
        let found = audit(&protocol);
        let taken = start.elapsed();
        contexts(&protocol).unwrap();
        println!("{name}: {taken:?}");
        assert!(taken.as_secs() < SECONDS, "{name} took {taken:?}");
        assert!(found.cost.run.complete.is_some());
    };
    thread.spawn(run).unwrap().join().unwrap();
}

/// `depth` times `wrap` around a message.
fn nested(depth: usize, wrap: impl Fn(&mut Tree, Vec<Step>) -> Vec<Step>) -> Protocol {
    let mut tree = Tree::default();
    let mut body = vec![tree.send(one(A), one(B), 1)];
    for _ in 0..depth {
        body = wrap(&mut tree, body);
    }
    tree.finish(body)
}

fn in_a_row(number: usize, step: impl Fn(&mut Tree) -> Step) -> Protocol {
    let mut tree = Tree::default();
    let body = (0..number).map(|_| step(&mut tree)).collect();
    tree.finish(body)
}

#[test]
fn messages_in_sequence() {
    quick("5,000 messages", || {
        in_a_row(5_000, |tree| tree.send(one(A), one(B), 7))
    });
}

#[test]
fn choices_in_sequence() {
    quick("64 binary choices in sequence", || {
        in_a_row(64, |tree| {
            let yes = vec![tree.send(one(A), one(B), 1)];
            let no = vec![tree.send(one(A), one(B), 2), tree.send(one(B), one(C), 1)];
            Tree::choice(one(A), vec![yes, no])
        })
    });
}

#[test]
fn a_wide_choice() {
    quick("1,000-way choice", || {
        in_a_row(1, |tree| {
            let branches = (0..1_000).map(|cost| {
                let first = tree.send(one(A), one(B), cost + 1);
                vec![first, tree.send(one(B), one(C), 1_000 - cost)]
            });
            let branches = branches.collect();
            Tree::choice(one(A), branches)
        })
    });
}

#[test]
fn nested_choices() {
    quick("400 nested choices", || {
        nested(400, |tree, body| {
            let mut go = vec![tree.send(one(A), one(B), 1), tree.send(one(B), one(C), 1)];
            go.extend(body);
            let stop = vec![tree.send(one(A), one(B), 1), tree.send(one(B), one(C), 2)];
            vec![Tree::choice(one(A), vec![go, stop])]
        })
    });
}

#[test]
fn nested_recursions() {
    quick("400 nested recursions", || {
        nested(400, |tree, body| {
            let id = tree.new_rec();
            let mut again = vec![tree.send(one(A), one(B), 1)];
            again.extend(body);
            again.push(Step::Continue(id, nowhere()));
            let stop = vec![tree.send(one(A), one(B), 2)];
            vec![Tree::rec(id, vec![Tree::choice(one(A), vec![again, stop])])]
        })
    });
}

#[test]
fn nested_counted_loops() {
    quick("400 nested counted loops with choices", || {
        nested(400, |tree, body| {
            let other = vec![tree.send(one(A), one(B), 3)];
            let choice = Tree::choice(one(A), vec![body, other]);
            let size = if tree.protocol.sends.len().is_multiple_of(2) {
                M
            } else {
                N
            };
            vec![tree.counted(Size::Symbol(size), vec![choice])]
        })
    });
}

#[test]
fn nested_timeouts() {
    quick("200 nested timeouts", || {
        nested(200, |tree, body| {
            let first = tree.send(one(A), one(B), 1);
            let late = vec![tree.send(one(B), one(A), 2)];
            let mut inner = vec![first, tree.send(one(B), one(A), 1)];
            inner.extend(body);
            vec![tree.timeout(B, inner, late)]
        })
    });
}

#[test]
fn a_ring_of_many_roles() {
    quick("ring of 1,000 roles", || {
        let mut tree = Tree::default();
        tree.protocol.roles = (0..1_000)
            .map(|index| Role {
                name: format!("R{index}"),
                span: nowhere(),
                family: None,
                part: None,
                constants: std::collections::BTreeSet::new(),
            })
            .collect();
        let id = tree.new_rec();
        let round = |tree: &mut Tree| -> Vec<Step> {
            (0..1_000)
                .map(|index| {
                    let next = RoleId((index + 1) % 1_000);
                    tree.send(one(RoleId(index)), one(next), 1)
                })
                .collect()
        };
        let mut go = round(&mut tree);
        go.push(Step::Continue(id, nowhere()));
        let stop = round(&mut tree);
        let body = Tree::rec(id, vec![Tree::choice(one(RoleId(0)), vec![go, stop])]);
        tree.finish(vec![body])
    });
}
