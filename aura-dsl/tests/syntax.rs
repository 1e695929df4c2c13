//! What the text stage accepts and how it refuses the rest.

use aura_dsl::ast::File;
use aura_dsl::diag::{Diagnostic, Report};
use aura_dsl::parse::parse;
use aura_dsl::source::{FileId, Sources};

/// Parses on a stack as deep as the driver's.
fn deep<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(run)
        .expect("a thread starts")
        .join()
        .expect("nothing panics")
}

fn parsed(text: &str) -> Result<File, Report> {
    let text = text.to_owned();
    deep(move || parse(FileId(0), &text))
}

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
fn every_construct_is_accepted() {
    let text = include_str!("syntax/every-construct.aura");
    let file = parsed(text).expect("the text is right");
    assert_eq!((file.attributes.len(), file.items.len()), (3, 11));
    assert_eq!(file.comments.len(), 3);
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
    ];
    for (step, expected) in cases {
        let text = format!("protocol P {{ roles: A, B;\n{step}\n}}");
        assert_eq!(errors(&text), expected, "{text}");
    }
}
