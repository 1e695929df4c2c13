//! Mistakes of authors: one error each, at the exact token.

use aura_dsl::diag::Diagnostic;
use aura_dsl::source::Sources;

use crate::{corpus, parsed};

/// The code, place and token of each error.
fn errors(text: &str) -> Vec<String> {
    let mut sources = Sources::default();
    sources.add("x.aura", text);
    let Err(report) = parsed(text) else {
        return Vec::new();
    };
    let line = |error: &Diagnostic| {
        let at = sources.start(error.span);
        let token = sources.text(error.span);
        format!("{} {}:{} {token}", error.code, at.line, at.column)
    };
    report.errors().map(line).collect()
}

#[test]
fn each_mistake_is_told_at_its_token() {
    let cases = [
        ("A -> B: X\nB -> A: Y;", ["E0101 2:10 "]),
        ("A -> B X;", ["E0101 2:8 X"]),
        ("A B: X;", ["E0101 2:3 B"]),
        ("A -> loop: X;", ["E0103 2:6 loop"]),
        ("timeout (2) at A {} else {}", ["E0107 2:10 2"]),
        ("loop {}", ["E0101 2:6 {"]),
        ("A[flow_cost: 5] -> B: X;", ["E0101 2:12 :"]),
        ("A -> B: X(\"\\q\");", ["E0101 2:11 \""]),
        ("frobnicate A;", ["E0101 2:12 A"]),
        ("{", ["E0104 1:12 {"]),
        ("A → B: X;", ["E0101 2:3 →"]),
        ("A -> B: X(“u8”);", ["E0101 2:11 “"]),
    ];
    for (step, expected) in cases {
        let text = format!("protocol P {{ roles: A, B;\n{step}\n}}");
        assert_eq!(errors(&text), expected, "{text}");
    }
}

#[test]
fn the_text_stage_refuses_its_part_of_the_corpus() {
    for (path, text) in corpus("corpus/syntax-fail") {
        let report = parsed(&text).map(|_| ()).expect_err(&path);
        assert!(
            report
                .errors()
                .all(|error| error.code.name().starts_with("E01")),
            "{path}"
        );
        assert!(
            report
                .errors()
                .all(|error| error.help.is_some() || error.code.name() == "E0101"),
            "{path}"
        );
    }
}

#[test]
fn several_mistakes_of_a_text_are_told_at_once() {
    let text = include_str!("../corpus/syntax-fail/several-mistakes.aura");
    let expected = [
        "E0101 5:12 X",
        "E0101 7:11 {",
        "E0101 11:15 B",
        "E0103 14:13 loop",
        "E0107 15:14 3",
        "E0101 23:14 ",
        "E0101 24:14 ",
    ];
    assert_eq!(errors(text), expected);
}
