//! Crashes and slow receivers of texts: the rows of the crash column of SEMANTICS 8 and buffers.

use aura_dsl::audit::resilience::{Most, Resilience, resilience};
use aura_dsl::automaton::automaton;

use crate::texts::compiled;

fn analysed(body: &str) -> Resilience {
    let text = format!("#[namespace = \"test\"]\nprotocol Test {{ {body} }}");
    let compilation = compiled(&text);
    let program = compilation.program.expect("the text is well formed");
    let protocol = &program.protocols()[0];
    resilience(protocol, &automaton(protocol).unwrap())
}

/// `x: r s` for each crash of x that leaves r and s waiting.
fn waits(body: &str) -> Vec<String> {
    let found = analysed(body);
    assert!(!found.too_large);
    found
        .crashes
        .iter()
        .map(|crash| {
            let mut who: Vec<&str> = crash.waits.iter().map(|wait| wait.who.as_str()).collect();
            who.sort_unstable();
            who.dedup();
            format!("{}: {}", crash.who, who.join(" "))
                .trim()
                .to_owned()
        })
        .collect()
}

fn buffers(body: &str) -> Vec<String> {
    let found = analysed(body);
    assert!(!found.too_large);
    found
        .buffers
        .iter()
        .map(|buffer| {
            let most = match &buffer.most {
                Most::Messages(number) => number.to_string(),
                Most::PerRounds(number, loops) => format!("{number} per {} loops", loops.len()),
                Most::Unbounded(_) => "unbounded".to_owned(),
            };
            format!("{} -> {}: {most}", buffer.from, buffer.to)
        })
        .collect()
}

#[test]
fn a_plain_receive_waits_for_a_crashed_sender() {
    assert_eq!(waits("roles: A, B; A -> B: M;"), ["A: B", "B:"]);
}

#[test]
fn a_timeout_survives_a_crash_of_the_sender_but_not_of_its_decider() {
    let body = "roles: A, B; timeout (1s) at B { A -> B: M; B -> A: Ok; } else { B -> A: Ab; }";
    assert_eq!(waits(body), ["A:", "B: A"]);
}

#[test]
fn a_third_role_that_hears_from_the_crashed_one_waits() {
    let body = "roles: A, B, C; timeout (1s) at B { A -> B: M; B -> A: Ok; B -> C: Ok; }
        else { B -> A: Ab; B -> C: Ab; A -> C: Log; }";
    assert_eq!(waits(body), ["A: C", "B: A C", "C:"]);
}

#[test]
fn a_quorum_survives_a_crash_of_a_member_and_a_full_gather_does_not() {
    let quorum = "roles: A, Q[m]; A -> Q[*]: Ask; Q[any t] -> A: Answer;";
    assert_eq!(waits(quorum), ["A: Q[i]", "Q[i]:"]);
    let gather = "roles: A, Q[m]; A -> Q[*]: Ask; Q[*] -> A: Answer;";
    assert_eq!(waits(gather), ["A: Q[i]", "Q[i]: A"]);
}

#[test]
fn an_exchange_waits_for_every_member() {
    let body = "roles: Q[m]; Q[*] -> Q[*]: State;";
    assert_eq!(waits(body), ["Q[i]: Q[j]"]);
}

#[test]
fn acknowledged_messages_do_not_pile_up() {
    let body = "roles: A, B; loop (decides: A) { A -> B: M; B -> A: Ack; } A -> B: End;";
    assert_eq!(buffers(body), ["B -> A: 1", "A -> B: 1"]);
}

#[test]
fn a_loop_without_acknowledgement_has_no_bound() {
    let body = "roles: A, B; loop (decides: A) { A -> B: M; } A -> B: End;";
    assert_eq!(buffers(body), ["A -> B: unbounded"]);
    assert!(
        analysed(body)
            .warnings
            .iter()
            .any(|found| found.code.name() == "W0921")
    );
}

#[test]
fn a_counted_loop_is_bounded_by_its_count() {
    let body = "roles: A, B; loop (count: 7) { A -> B: M; A -> B: N; } A -> B: End;";
    assert_eq!(buffers(body), ["A -> B: 15"]);
    let body = "roles: A, B, Q[m]; loop (count: m) { A -> B: M; } A -> Q[*]: End;";
    assert_eq!(buffers(body), ["A -> B: 2 per 1 loops", "A -> Q[i]: 1"]);
}

#[test]
fn a_round_of_a_for_is_one_members() {
    let body = "roles: A, B, Q[m]; for i in Q { A -> Q[i]: X; Q[i] -> B: Y; }";
    assert_eq!(buffers(body), ["Q[i] -> B: 1", "A -> Q[i]: 1"]);
}

#[test]
fn sequences_add_up_until_the_sender_waits() {
    let body = "roles: A, B; A -> B: M; A -> B: N; B -> A: Ack; A -> B: O; A -> B: P; A -> B: R;";
    assert_eq!(buffers(body), ["B -> A: 1", "A -> B: 3"]);
}
