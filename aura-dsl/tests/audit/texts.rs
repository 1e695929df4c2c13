//! Audits of texts: everything from the parser to the audit.

#![allow(clippy::disallowed_methods, reason = "edge: the test reads the corpus")]

use std::path::Path;

use aura_dsl::audit::{Amount, Audit, Coverage, FactStep, Range, Unit};
use aura_dsl::compile::{Compilation, compile};
use aura_dsl::global::{Protocol, RoleId};
use aura_dsl::source::NoImports;

/// Compiles a text without imports.
pub fn compiled(text: &str) -> Compilation {
    compile("test.aura", "test.aura", text, &NoImports)
}

/// The codes of all findings, with the tokens they stand on.
pub fn codes(text: &str) -> Vec<String> {
    let compilation = compiled(text);
    let findings = compilation.report.iter();
    findings
        .map(|finding| {
            format!(
                "{} {}",
                finding.code,
                compilation.sources.text(finding.span)
            )
        })
        .collect()
}

/// A file of the corpus, by its name with underscores.
fn corpus_text(kind: &str, name: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/corpus")
        .join(kind);
    std::fs::read_to_string(folder.join(format!("{}.aura", name.replace('_', "-")))).unwrap()
}

macro_rules! corpus {
    ($kind:literal $($name:ident: $($code:literal)*;)*) => {
        $(
            #[test]
            fn $name() {
                let found = codes(&corpus_text($kind, stringify!($name)));
                let found: Vec<&String> = found.iter().filter(|code| code.starts_with("E")).collect();
                assert_eq!(found, [$($code),*] as [&str; _], "{found:?}");
            }
        )*
    };
}

corpus! { "context-fail"
    a_received_message_crosses_without_bridge: "E0601 News";
    a_branch_taints_what_follows: "E0601 News";
    an_earlier_round_taints: "E0601 News" "E0601 Last";
    a_bridge_from_another_context_is_not_enough: "E0601 News";
    one_message_without_context: "E0602 Answer";
}

corpus! { "pass"
    bridge_between_contexts: ;
    threads_of_a_par_do_not_taint_each_other: ;
    members_of_a_for_do_not_taint_each_other: ;
}

const BY_HAND: &str = include_str!("../../../docs/audit-by-hand.md");

/// The cells of the table below a heading.
fn by_hand(protocol: &str) -> Vec<Vec<String>> {
    let section = BY_HAND
        .split("\n## ")
        .find(|section| section.lines().next() == Some(protocol))
        .unwrap();
    section
        .lines()
        .filter(|line| line.starts_with('|') && !line.starts_with("|---"))
        .skip(1)
        .map(|line| {
            let cells = line.trim_matches('|').split('|');
            cells.map(|cell| cell.trim().to_owned()).collect()
        })
        .collect()
}

/// The same table from an audit; measures of which nothing is spent are left out.
fn by_tool(protocol: &Protocol, audit: &Audit) -> Vec<Vec<String>> {
    let classes = ["external", "neighbor", "group"];
    let leaks = audit.leakage.iter().zip(classes);
    let accounts = leaks.map(|(leak, name)| (name, &leak.account));
    let mut rows = Vec::new();
    for (name, account) in [("cost", &audit.cost)].into_iter().chain(accounts) {
        let unit = account.measure.unit();
        let mut row = |from: &str, to: &str, amount: &Amount, member: Option<&Amount>| {
            let range = amount.complete.as_ref().unwrap();
            let needed = range
                .has_quorum()
                .then(|| range.needed_text(&audit.symbols, unit));
            let member = member.and_then(|amount| amount.complete.as_ref());
            rows.push(vec![
                name.to_owned(),
                from.to_owned(),
                to.to_owned(),
                range.best_text(&audit.symbols, unit),
                range.worst_text(&audit.symbols, unit),
                needed.unwrap_or_default(),
                member.map_or_else(String::new, |range| range.display(&audit.symbols, unit)),
            ]);
        };
        let spent = account.run.complete.as_ref().unwrap();
        if spent.worst.value.is_zero() {
            continue;
        }
        row("run", "run", &account.run, None);
        for pair in &account.pairs {
            let role = |id: RoleId| protocol.roles[id.index()].name.as_str();
            let to = pair.peer.map_or("all", role);
            row(role(pair.role), to, &pair.amount, pair.per_member.as_ref());
        }
    }
    rows
}

#[test]
fn hand_computed_tables_agree_with_the_tool() {
    let texts = [
        include_str!("../../../protocols/request_response/request_response.aura"),
        include_str!("../../../protocols/snapshot_gc/snapshot_gc.aura"),
        include_str!("../../../protocols/consensus/consensus.aura"),
        include_str!("../../../protocols/guardian_recovery/guardian_recovery.aura"),
        include_str!("../../../protocols/cv_sync/cv_sync.aura"),
        include_str!("../../../protocols/anti_entropy/anti_entropy.aura"),
    ];
    let mut compared = Vec::new();
    for text in texts {
        let compilation = compiled(text);
        let program = compilation.program.as_ref().unwrap();
        for protocol in program.protocols() {
            if !BY_HAND.contains(&format!("\n## {}\n", protocol.name)) {
                continue;
            }
            let audit = aura_dsl::audit::audit(protocol);
            assert_eq!(
                by_hand(&protocol.name),
                by_tool(protocol, &audit),
                "{}",
                protocol.name
            );
            compared.push(protocol.name.clone());
        }
    }
    assert_eq!(
        compared.len(),
        BY_HAND.matches("\n## ").count(),
        "{compared:?}"
    );
}

fn audited(body: &str) -> (Protocol, Audit) {
    let text = format!("#[namespace = \"test\"]\nprotocol Test {{ {body} }}");
    let compilation = compiled(&text);
    assert!(!compilation.report.has_errors(), "{:?}", compilation.report);
    let protocol = compilation.program.unwrap().protocols()[0].clone();
    let audit = aura_dsl::audit::audit(&protocol);
    (protocol, audit)
}

#[test]
fn a_message_that_is_guarded_at_one_step_only_is_told() {
    let (protocol, audit) = audited(
        "roles: A, B; choice A {
            x: { A[guard_capability = \"may_go\"] -> B: Go; B -> A: Done; }
            y: { A -> B: Go; B -> A: Done; A[guard_capability = \"may_end\"] -> B: End; }
        }",
    );
    let coverage: Vec<(&str, Coverage)> = audit
        .authority
        .messages
        .iter()
        .map(|message| {
            let label = &protocol.labels[message.label.index()].name;
            (label.as_str(), message.coverage())
        })
        .collect();
    let expected = [
        ("Go", Coverage::Some),
        ("Done", Coverage::None),
        ("End", Coverage::Every),
    ];
    assert_eq!(coverage, expected);
    let go: Vec<bool> = audit
        .authority
        .grants
        .iter()
        .filter(|grant| protocol.labels[grant.label.index()].name == "Go")
        .map(|grant| grant.capability.is_some())
        .collect();
    assert_eq!(go, [true, false]);
}

#[test]
fn facts_of_a_guarded_segment_are_left_on_both_sides() {
    let (_, audit) = audited(
        "roles: A, B; timeout (1s) at B {
            A[journal_facts = \"asked\"] -> B: Ask;
            B[journal_facts = \"answered\"] -> A: Answer;
        } else { B -> A: TooLate; }",
    );
    let [
        FactStep::Left(asked),
        FactStep::Timeout { in_time, late, .. },
    ] = audit.facts.as_slice()
    else {
        panic!("{:?}", audit.facts);
    };
    assert_eq!(asked.facts[0].name, "asked");
    assert!(
        matches!(in_time.as_slice(), [FactStep::Left(left)] if left.facts[0].name == "answered")
    );
    assert!(late.is_empty());
}

#[test]
fn facts_stand_in_the_branch_of_another_roles_choice_on_both_sides() {
    let (_, audit) = audited(
        "roles: A, B; timeout (1s) at B {
            choice A {
                x: { A[journal_facts = \"x\"] -> B: X; B -> A: GotX; }
                y: { A -> B: Y; B[journal_facts = \"y\"] -> A: GotY; }
            }
        } else { B -> A: TooLate; }",
    );
    let [FactStep::Timeout { in_time, late, .. }] = audit.facts.as_slice() else {
        panic!("{:?}", audit.facts);
    };
    let counts = |facts: &[FactStep]| match facts {
        [FactStep::Choice { branches, .. }] => branches
            .iter()
            .map(|(_, facts)| facts.len())
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    assert_eq!(counts(in_time), [1, 1]);
    assert_eq!(counts(late), [1, 0]);
}

#[test]
fn receipts_are_linked_to_the_steps_that_bring_them() {
    let (protocol, audit) = audited(
        "roles: A, R, B;
        A[receipt = root] -> R: Flood;
        R[receipt = Flood] -> B: Relay;
        B[receipt = Relay] -> A: Back;",
    );
    let links: Vec<(String, usize)> = audit
        .receipts
        .iter()
        .map(|link| {
            let label = protocol.sends[link.send.index()].label;
            (
                protocol.labels[label.index()].name.clone(),
                link.arrived_by.len(),
            )
        })
        .collect();
    let expected = [("Flood", 0), ("Relay", 1), ("Back", 1)];
    assert_eq!(
        links,
        expected.map(|(label, links)| (label.to_owned(), links))
    );
}

#[test]
fn a_recursion_without_exit_is_counted_by_the_round() {
    let (protocol, audit) = audited(
        "roles: A, B; A[flow_cost = 7] -> B: First;
        rec X { A[flow_cost = 2] -> B: Tick; B[flow_cost = 3] -> A: Tock; continue X; }",
    );
    assert_eq!(audit.cost.run.complete, None);
    let [rounds] = audit.cost.run.endless.as_slice() else {
        panic!("{:?}", audit.cost.run);
    };
    let shown = |range: &Range| range.display(&audit.symbols, Unit::One);
    assert_eq!(
        (rounds.name.as_str(), shown(&rounds.before)),
        ("X", "7".to_owned())
    );
    assert_eq!(shown(&rounds.round), "5");
    assert_eq!(protocol.sends.len(), 3);
}
