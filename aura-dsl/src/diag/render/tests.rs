//! What a reader sees of a diagnostic.

use super::render;
use crate::diag::codes::E0501;
use crate::diag::{Diagnostic, Report};
use crate::source::{FileId, Sources, Span};

fn span(start: usize, end: usize) -> Span {
    let offset = |at| u32::try_from(at).expect("small");
    Span {
        file: FileId(0),
        start: offset(start),
        end: offset(end),
    }
}

fn rendered(text: &str, diagnostic: Diagnostic) -> String {
    let mut sources = Sources::default();
    sources.add("sample.aura", text);
    render(&sources, &Report::from(diagnostic), false)
}

#[test]
fn the_token_is_marked_and_its_place_named() {
    let text = "protocol P {\n    A -> A: M;\n}\n";
    let found = Diagnostic::new(E0501, span(22, 23), "a message to oneself")
        .label(span(17, 18), "the sender")
        .help("name two roles");
    let expected = "\
error[E0501]: a message to oneself
 --> sample.aura:2:10
  |
2 |     A -> A: M;
  |     -    ^
  |     |
  |     the sender
  |
  = help: name two roles

";
    assert_eq!(rendered(text, found), expected);
}

#[test]
fn hidden_characters_are_spelled_out_and_the_column_is_that_of_the_text() {
    let text = "\u{202e}\0 A";
    let found = Diagnostic::new(E0501, span(5, 6), "bad \u{9b}");
    let shown = rendered(text, found);
    assert!(shown.contains("sample.aura:1:4"), "{shown}");
    assert!(shown.contains("\\u{202e}\\u{0} A"), "{shown}");
    assert!(shown.contains("bad \\u{9b}"), "{shown}");
    assert!(!shown.contains(['\u{202e}', '\0', '\u{9b}']), "{shown}");
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    let text = format!("{}X{}", " ".repeat(2 << 20), "y".repeat(1000));
    let at = 2 << 20;
    let shown = rendered(&text, Diagnostic::new(E0501, span(at, at + 1), "here"));
    assert!(shown.len() < 1000, "{}", shown.len());
    assert!(shown.contains("sample.aura:1:2097153"), "{shown}");
    let marked = shown
        .lines()
        .position(|line| line.contains('^'))
        .expect("a mark");
    let lines: Vec<Vec<char>> = shown.lines().map(|line| line.chars().collect()).collect();
    let column = lines[marked]
        .iter()
        .position(|char| *char == '^')
        .expect("a mark");
    assert_eq!(lines[marked - 1][column], 'X', "{shown}");
}

#[test]
fn empty_texts_and_places_behind_the_end_are_no_matter() {
    for text in ["", "\n", "a", "ü"] {
        for (start, end) in [(0, 0), (0, 9), (7, 9), (1, 1)] {
            let shown = rendered(text, Diagnostic::new(E0501, span(start, end), "here"));
            assert!(shown.contains("sample.aura"), "{shown}");
        }
    }
}

#[test]
fn places_far_apart_are_shown_apart() {
    let text = "line\n".repeat(5000);
    let found =
        Diagnostic::new(E0501, span(5 * 4000, 5 * 4000 + 4), "second").label(span(0, 4), "first");
    let shown = rendered(&text, found);
    assert!(shown.lines().count() < 15, "{shown}");
    assert!(
        shown.contains("4001 | line") && shown.contains("1 | line"),
        "{shown}"
    );
}
