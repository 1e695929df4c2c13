//! `aura-journal compact`: what it lets go of, what it refuses to, and that nothing comes back.

use aura_runtime::{
    epoch::Epoch,
    identity::Identity,
    journal::{Cut, Namespace},
    ledger::Ledger,
    receipt::Order,
    store::{Cell, Compacted, Key, Rewrite as _, Rows},
};
use futures::executor::block_on;

use super::*;

#[test]
fn facts_of_a_session_are_printed_and_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let path = journal(folder.path(), "journal.db");
    let path = path.to_str().unwrap();
    let session = "01".repeat(16);
    let (code, out, err) = run(&["compact", path, "--session", &session]);
    assert_eq!((code, out.lines().count()), (0, 5), "{err}");
    assert!(err.contains("forgot 5 facts"), "{err}");
    let (_, out, _) = run(&["verify", path]);
    assert!(
        out.starts_with("whole: 10 charges in 2 batches, 5 facts"),
        "{out}"
    );
    let (_, out, _) = run(&["dump", "--only", "cells", path]);
    let cuts = out.lines().filter(|line| line.contains("\"row\":\"cut\""));
    assert_eq!(
        cuts.filter(|line| line.contains("\"below\":10")).count(),
        2,
        "{out}"
    );
    // Whoever sends all of them again brings back none of those.
    fill(&mut SqliteStore::open(path).unwrap(), 10);
    let (_, out, _) = run(&["dump", "--only", "facts", path]);
    assert_eq!(out.lines().count(), 5);
    assert!(
        !out.contains(&format!("\"session\":\"{session}\"")),
        "{out}"
    );
}

/// What the program that owns a journal has reduced is not added to behind its back.
#[test]
fn facts_of_a_reduced_journal_are_not_forgotten() {
    let folder = tempfile::tempdir().unwrap();
    let path = journal(folder.path(), "journal.db");
    let compacted = |state| Compacted {
        cut: Cut::below(AuthorityId([5; 32]), SessionId([0; 16]), 3),
        state,
    };
    for (namespace, words) in [
        (Namespace::Context(ContextId([2; 32])), "of context 0202"),
        (Namespace::Authority(AuthorityId([5; 32])), "of author 0505"),
    ] {
        let cut = |state| Rows {
            cells: vec![(Key::Cut(namespace), Cell::Cut(compacted(state)))],
            ..Rows::default()
        };
        let change = |rows| SqliteStore::open(&path).unwrap().rewrite(rows).unwrap();
        change(cut(Some(vec![7])));
        let path = path.to_str().unwrap();
        let (code, out, err) = run(&["compact", path, "--session", &"01".repeat(16)]);
        assert_eq!((code, out.as_str()), (3, ""), "{err}");
        assert!(err.contains(words), "{err}");
        change(cut(None));
    }
    let path = path.to_str().unwrap();
    assert_eq!(
        run(&["dump", "--only", "facts", path]).1.lines().count(),
        10
    );
    assert_eq!(run(&["compact", path, "--session", &"01".repeat(16)]).0, 0);
    let (_, out, _) = run(&["verify", path]);
    assert!(out.contains("5 facts"), "{out}");
}

/// Chains of an epoch that is over prove nothing; what they have used stays used.
#[test]
fn receipts_of_epochs_that_are_over_are_let_go_of() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("journal.db");
    let context = ContextId([2; 32]);
    let [me, other] = [1, 2].map(|seed| Identity::from_seed([seed; 32]));
    let members = [me.id(), other.id()].into();
    let begin = |ledger: &Ledger, number| {
        let epoch = Epoch {
            context,
            number,
            limits: BTreeMap::new(),
            parts: BTreeMap::new(),
        };
        block_on(ledger.begin_epoch(&epoch.sign(&other), other.id())).unwrap();
    };
    let source = Ledger::in_memory();
    let mut chains = Vec::new();
    let open = || Ledger::open(SqliteStore::open(&path).unwrap()).unwrap();
    let ledger = open();
    for epoch in 1..4 {
        begin(&ledger, epoch);
        begin(&source, epoch);
        for _ in 0..epoch {
            let chain = source.issue_receipt(&other, (context, me.id()), 5, None);
            let chain = block_on(chain).unwrap();
            let taken = ledger.accept_receipts(me.id(), context, &members, &chain, Order::Strict);
            block_on(taken).unwrap();
            chains.push(chain);
        }
    }
    drop(ledger);
    let file = path.to_str().unwrap();
    let (code, out, err) = run(&["compact", file, "--receipts"]);
    assert_eq!((code, out.lines().count()), (0, 3), "{err}");
    assert!(err.contains("0 facts and 3 chains"), "{err}");
    let (_, out, _) = run(&["verify", file]);
    assert!(out.contains(" 3 facts and receipts"), "{out}");
    let (_, out, err) = run(&["compact", file, "--receipts"]);
    assert_eq!(out, "", "{err}");
    let ledger = open();
    for chain in &chains {
        let taken = ledger.accept_receipts(me.id(), context, &members, chain, Order::Window);
        assert!(block_on(taken).is_err(), "none is taken again");
    }
    assert_eq!(run(&["compact", file]).0, 2, "it is said what to let go of");
}
