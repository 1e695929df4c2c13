//! A thousand levels of nesting compile, also in debug builds, or are refused in one clear error.

use std::fmt::Write as _;

use aura_dsl::compile::{Compilation, compile};
use aura_dsl::source::NoImports;
use aura_dsl::verdict::Verdict;

fn nested(
    levels: usize,
    open: impl Fn(usize) -> String,
    close: impl Fn(usize) -> String,
) -> String {
    let mut text = String::from("#[namespace = \"deep\"]\nprotocol Deep {\n    roles: A, B;\n");
    for level in 0..levels {
        text.push_str(&open(level));
    }
    text.push_str("A -> B: Core; B -> A: Answer;");
    for level in (0..levels).rev() {
        text.push_str(&close(level));
    }
    text.push_str("\n}\n");
    text
}

fn compiled(text: &str) -> Compilation {
    compile("deep.aura", "deep.aura", text, &NoImports)
}

fn assert_implementable(text: &str) {
    let compilation = compiled(text);
    let verdict = compilation
        .protocols
        .first()
        .and_then(|protocol| Some(protocol.as_ref()?.decision.verdict));
    let first = compilation.report.errors().next();
    assert_eq!(verdict, Some(Verdict::Implementable), "{first:?}");
}

#[test]
fn a_thousand_nested_choices_compile() {
    assert_implementable(&nested(
        495,
        |level| format!("choice A {{ go: {{ A -> B: Go{level}; "),
        |level| format!("}} stop: {{ A -> B: Stop{level}; }} }}"),
    ));
}

#[test]
fn a_thousand_nested_recursions_compile() {
    assert_implementable(&nested(
        990,
        |level| format!("rec X{level} {{ "),
        |_| "}".to_owned(),
    ));
}

#[test]
fn a_thousand_nested_decided_loops_compile() {
    assert_implementable(&nested(
        990,
        |level| format!("loop (decides: A) {{ A -> B: Go{level}; "),
        |level| format!("}} A -> B: End{level};"),
    ));
}

#[test]
fn a_thousand_nested_timeouts_compile() {
    assert_implementable(&nested(
        990,
        |level| format!("timeout (1s) at B {{ A -> B: In{level}; B -> A: Ok{level}; "),
        |level| format!("}} else {{ B -> A: Late{level}; }}"),
    ));
}

#[test]
fn counted_loops_nested_deeply_are_one_error() {
    let text = nested(
        100,
        |level| format!("loop (count: n{level}) {{ "),
        |_| "}".to_owned(),
    );
    let compilation = compiled(&text);
    let codes: Vec<&str> = compilation
        .report
        .errors()
        .map(|error| error.code.name())
        .collect();
    assert_eq!(codes, ["E0510"]);
}

/// C sees a word over P and R and has to remember its last 24 letters: two to the 24 states.
#[test]
fn exponential_local_types_end_in_a_verdict() {
    let letter = "choice A { p: { A -> B: X; B -> C: P; } r: { A -> B: Y; B -> C: R; } } ";
    let mut text = String::from("#[namespace = \"deep\"]\nprotocol Wide {\n    roles: A, B, C;\n");
    let _ = write!(
        text,
        "rec X {{ choice A {{ more: {{ {letter} continue X; }} "
    );
    let _ = write!(
        text,
        "last: {{ A -> B: Last; B -> C: P; {} }} }} }}",
        letter.repeat(24)
    );
    text.push_str("\n}\n");
    let compilation = compiled(&text);
    let verdict = compilation
        .protocols
        .first()
        .and_then(|protocol| Some(protocol.as_ref()?.decision.verdict));
    assert_eq!(verdict, Some(Verdict::OutsideClass));
}
