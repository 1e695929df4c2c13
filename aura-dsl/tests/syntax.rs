//! What the text stage accepts and how it refuses the rest.

use aura_dsl::ast::File;
use aura_dsl::diag::{Diagnostic, Report};
use aura_dsl::parse::parse;
use aura_dsl::print::print;
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

/// A tree without its spans.
fn shape(file: &File) -> String {
    let tree = format!("{:?}{:?}", file.attributes, file.items);
    let mut parts = tree.split("Span {");
    let head = parts.next().unwrap_or_default().to_owned();
    parts.fold(head, |shape, part| {
        shape + part.split_once('}').map_or("", |(_, rest)| rest)
    })
}

/// Prints a text and checks what the printer promises.
fn reprinted(text: &str) -> String {
    let file = parsed(text).unwrap_or_else(|report| panic!("{text}: {report:?}"));
    let printed = print(&file);
    let again = parsed(&printed).unwrap_or_else(|report| panic!("{printed}: {report:?}"));
    assert_eq!(shape(&file), shape(&again), "{text}\n{printed}");
    let texts = |file: &File| {
        file.comments
            .iter()
            .map(|one| one.text.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(texts(&file), texts(&again), "{text}\n{printed}");
    assert_eq!(
        print(&again),
        printed,
        "printing is not idempotent:\n{text}"
    );
    printed
}

#[test]
fn every_construct_is_printed_as_it_was() {
    let text = include_str!("syntax/every-construct.aura");
    assert_eq!(reprinted(text), text);
}

#[test]
fn comments_stay_where_they_were() {
    let text = include_str!("syntax/comments.aura");
    assert_eq!(
        reprinted(text),
        include_str!("syntax/comments.printed.aura")
    );
}
