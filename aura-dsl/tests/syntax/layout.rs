//! The printer: the same tree, the same comments, the same text when it is printed again.

use std::path::Path;

use aura_dsl::ast::File;
use aura_dsl::print::print;

use crate::{corpus, parsed};

/// A tree without its spans.
pub(crate) fn shape(file: &File) -> String {
    let tree = format!("{:?}{:?}", file.attributes, file.items);
    let mut parts = tree.split("Span {");
    let head = parts.next().unwrap_or_default().to_owned();
    parts.fold(head, |shape, part| {
        shape + part.split_once('}').map_or("", |(_, rest)| rest)
    })
}

/// Prints a text and checks what the printer promises.
pub(crate) fn reprinted(text: &str) -> String {
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
    let text = include_str!("every-construct.aura");
    assert_eq!(reprinted(text), text);
}

#[test]
fn comments_stay_where_they_were() {
    let text = include_str!("comments.aura");
    assert_eq!(reprinted(text), include_str!("comments.printed.aura"));
}

#[test]
fn whatever_the_text_stage_accepts_is_printed_and_read_again() {
    let folders = [
        "pass",
        "resolve-fail",
        "check-fail",
        "annotation-fail",
        "verdict-fail",
        "context-fail",
    ];
    for folder in folders {
        let folder = Path::new("corpus").join(folder);
        if Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests")
            .join(&folder)
            .is_dir()
        {
            for (_, text) in corpus(&folder.display().to_string()) {
                if parsed(&text).is_ok() {
                    reprinted(&text);
                }
            }
        }
    }
}

#[test]
fn the_page_on_the_language_shows_texts_in_the_canonical_style() {
    let page = include_str!("../../../docs/guide/src/syntax.md");
    let blocks: Vec<&str> = page
        .split("```aura\n")
        .skip(1)
        .filter_map(|rest| rest.split_once("```").map(|(block, _)| block))
        .collect();
    assert_eq!(blocks.len(), 4);
    for block in blocks {
        assert_eq!(reprinted(block), block);
    }
}
