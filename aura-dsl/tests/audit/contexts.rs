//! Taint of contexts on hand-built trees.

use aura_dsl::contexts::contexts;
use aura_dsl::global::{Context, ContextId, Members, Protocol, RoleId, SendId, Step};

use crate::tree::{A, B, C, Q, Tree, all, nowhere, one, party};

const HERE: ContextId = ContextId(0);
const THERE: ContextId = ContextId(1);

fn tree() -> Tree {
    let mut tree = Tree::default();
    tree.protocol.contexts = ["here", "there"]
        .map(|name| Context {
            name: Some(name.to_owned()),
            kind: aura_dsl::ast::ContextKind::Group,
            span: nowhere(),
        })
        .to_vec();
    tree
}

fn send(tree: &mut Tree, from: RoleId, to: RoleId, context: ContextId) -> Step {
    let step = tree.send(one(from), one(to), 1);
    place(tree, context);
    step
}

/// Puts the last send into a context.
fn place(tree: &mut Tree, context: ContextId) {
    tree.protocol.sends.last_mut().unwrap().terms.context = context;
}

fn leaks(protocol: &Protocol) -> Vec<String> {
    match contexts(protocol) {
        Ok(_) => Vec::new(),
        Err(report) => report
            .iter()
            .map(|diagnostic| format!("{} {}", diagnostic.code, diagnostic.message))
            .collect(),
    }
}

fn leak(sender: &str) -> Vec<String> {
    vec![format!(
        "E0601 `{sender}` sends `L` in `there` although it knows of `here`"
    )]
}

#[test]
fn what_was_received_needs_a_bridge() {
    let mut tree = tree();
    let body = vec![send(&mut tree, A, B, HERE), send(&mut tree, B, C, THERE)];
    let mut protocol = tree.finish(body);
    assert_eq!(leaks(&protocol), leak("B"));
    protocol.sends[1].terms.bridge_from = Some(HERE);
    assert_eq!(leaks(&protocol), Vec::<String>::new());
    let tables = contexts(&protocol).unwrap();
    assert_eq!(tables.bridges.len(), 1);
    assert_eq!(tables.bridges[0].sends, [SendId(1)]);
    assert_eq!(tables.contexts[0].tainted.keys().collect::<Vec<_>>(), [&B]);
}

#[test]
fn what_was_sent_does_not_taint() {
    let mut tree = tree();
    let body = vec![send(&mut tree, A, B, HERE), send(&mut tree, A, C, THERE)];
    assert_eq!(leaks(&tree.finish(body)), Vec::<String>::new());
}

#[test]
fn a_branch_taints_what_follows_the_choice() {
    let mut tree = tree();
    let one_branch = vec![send(&mut tree, A, B, HERE)];
    let other = vec![send(&mut tree, A, B, THERE)];
    let after = send(&mut tree, B, C, THERE);
    let body = vec![Tree::choice(one(A), vec![one_branch, other]), after];
    assert_eq!(leaks(&tree.finish(body)), leak("B"));
}

#[test]
fn an_earlier_round_taints_a_recursion() {
    let mut tree = tree();
    let id = tree.new_rec();
    let first = send(&mut tree, B, C, THERE);
    let last = send(&mut tree, A, B, HERE);
    let body = Tree::rec(id, vec![first, last, Step::Continue(id, nowhere())]);
    assert_eq!(leaks(&tree.finish(vec![body])), leak("B"));
}

#[test]
fn branches_of_par_taint_only_what_follows() {
    let mut tree = tree();
    let left = vec![send(&mut tree, A, B, HERE)];
    let right = vec![send(&mut tree, B, C, THERE)];
    let par = tree.par(vec![left, right]);
    let protocol = tree.finish(vec![par]);
    assert_eq!(leaks(&protocol), Vec::<String>::new());
    let mut tree = self::tree();
    let left = vec![send(&mut tree, A, B, HERE)];
    let right = vec![send(&mut tree, C, A, THERE)];
    let par = tree.par(vec![left, right]);
    let after = send(&mut tree, B, C, THERE);
    assert_eq!(leaks(&tree.finish(vec![par, after])), leak("B"));
}

#[test]
fn members_of_a_round_taint_nobody_elses_round() {
    let mut tree = tree();
    let id = tree.new_loop();
    let member = || party(Q, Members::Index(id));
    let first = tree.send(member(), one(B), 1);
    place(&mut tree, THERE);
    let second = tree.send(one(A), member(), 1);
    place(&mut tree, HERE);
    let body = vec![Tree::each(id, Q, vec![first, second])];
    assert_eq!(leaks(&tree.finish(body)), Vec::<String>::new());

    let mut tree = self::tree();
    let id = tree.new_loop();
    let step = tree.send(one(A), party(Q, Members::Index(id)), 1);
    place(&mut tree, HERE);
    let each = Tree::each(id, Q, vec![step]);
    let after = tree.send(all(Q), one(B), 1);
    place(&mut tree, THERE);
    assert_eq!(leaks(&tree.finish(vec![each, after])), leak("Q"));
}

#[test]
fn constant_members_are_told_apart() {
    let mut tree = tree();
    let step = tree.send(one(A), party(Q, Members::Constant(0)), 1);
    place(&mut tree, HERE);
    let after = tree.send(party(Q, Members::Constant(0)), one(B), 1);
    place(&mut tree, THERE);
    assert_eq!(leaks(&tree.finish(vec![step, after])), leak("Q"));
}

#[test]
fn a_late_timeout_knows_the_guarded_segment() {
    let mut tree = tree();
    let guarded = send(&mut tree, A, B, HERE);
    let got = send(&mut tree, B, A, HERE);
    let late = send(&mut tree, B, A, THERE);
    let timeout = tree.timeout(B, vec![guarded, got], vec![late]);
    assert_eq!(leaks(&tree.finish(vec![timeout])), leak("B"));
    let mut tree = self::tree();
    let guarded = send(&mut tree, A, B, THERE);
    let rest = vec![send(&mut tree, B, A, THERE), send(&mut tree, C, B, HERE)];
    let late = send(&mut tree, B, A, THERE);
    let body = [guarded].into_iter().chain(rest).collect();
    let timeout = tree.timeout(B, body, vec![late]);
    assert_eq!(leaks(&tree.finish(vec![timeout])), Vec::<String>::new());
}

#[test]
fn one_message_without_context_is_refused() {
    let mut tree = tree();
    tree.protocol.contexts[1].name = None;
    let body = vec![send(&mut tree, A, B, HERE), send(&mut tree, A, C, THERE)];
    assert_eq!(
        leaks(&tree.finish(body)),
        ["E0602 `L` stands in no context, while other messages do"]
    );
}
