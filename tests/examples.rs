//! The examples run, and leave what they say they leave.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "tests that start processes and look at files"
)]

use std::process::Command;

use aura_runtime::store::SqliteReader;

/// Runs an example and gives its standard output.
fn run(example: &str, arguments: &[&str]) -> String {
    let mut command = Command::new(env!("CARGO"));
    command
        .args(["run", "--quiet", "--example", example, "--"])
        .args(arguments);
    // What the outer cargo has set for this test looks to build scripts like a change.
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_") && name != "CARGO_HOME" && name != "CARGO_TARGET_DIR" {
            command.env_remove(&*name);
        }
    }
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{example}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn request_response_is_charged_and_leaves_its_fact() {
    let said = run("request_response", &[]);
    assert!(said.contains("client: spent 50 of 500"), "{said}");
    assert!(said.contains("server: spent 30 of 500"), "{said}");
    assert!(
        said.contains("fact request_response.response_sent"),
        "{said}"
    );
}

#[test]
fn two_processes_leave_two_journals() {
    let folder = tempfile::tempdir().unwrap();
    run("tls_two_processes", &[folder.path().to_str().unwrap()]);
    let journal = |name: &str| SqliteReader::open(folder.path().join(name)).unwrap();
    let (client, server) = (journal("client.db"), journal("server.db"));
    let sent = |journal: &SqliteReader| {
        let charges = journal.charges().unwrap();
        charges
            .into_iter()
            .map(|charge| (charge.label, charge.cost))
            .collect::<Vec<_>>()
    };
    assert_eq!(sent(&client), [("SendRequest".to_owned(), 50)]);
    assert_eq!(sent(&server), [("answered.SendResponse".to_owned(), 30)]);
    assert!(client.facts().unwrap().is_empty());
    let facts = server.facts().unwrap();
    assert_eq!(facts.len(), 1);
    assert_eq!(
        (facts[0].name.as_ref(), facts[0].step),
        ("response_sent", 1)
    );
    assert_eq!(facts[0].fields[0].0, "id");
    assert_eq!(
        client.charges().unwrap()[0].session,
        server.charges().unwrap()[0].session
    );
}

#[test]
fn a_refused_message_is_sent_in_the_next_epoch() {
    let said = run("refused_then_retried", &[]);
    assert!(said.contains("costs 40, and 20 of 100 is left"), "{said}");
    assert!(said.contains("reader: one, two, three, four"), "{said}");
    assert!(said.contains("epoch 2, spent 90 of 100"), "{said}");
}

#[test]
fn a_quorum_does_not_wait_for_the_dead() {
    let said = run("quorum_with_timeout", &[]);
    assert!(
        said.contains("round 1: aborted with 0 approvals after 0 ms"),
        "{said}"
    );
    assert!(
        said.contains("round 2: committed with 2 approvals after 30"),
        "{said}"
    );
    assert!(said.contains("round 2: members were charged 80"), "{said}");
}

#[test]
fn a_token_goes_round_the_ring() {
    let said = run("ring_of_roles", &[]);
    assert!(
        said.contains("came back as 333; north has spent 30"),
        "{said}"
    );
}

#[test]
fn many_sessions_run_at_once() {
    let said = run("many_sessions", &["1000"]);
    assert!(said.contains("1000 of 1000 ran to their end"), "{said}");
    assert!(said.contains("charged once each: 1000"), "{said}");
}
