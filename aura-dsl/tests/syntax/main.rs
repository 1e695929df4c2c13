//! What the text stage accepts, how it refuses the rest, and that the printer keeps its promises.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: tests read the corpus and the clock"
)]

mod generated;
mod hostile;
mod import;
mod layout;
mod mistakes;
mod mutated;

use std::path::Path;

use aura_dsl::ast::File;
use aura_dsl::diag::Report;
use aura_dsl::parse::parse;
use aura_dsl::source::FileId;

/// Parses on a stack as deep as the driver's.
pub(crate) fn deep<T: Send + 'static>(run: impl FnOnce() -> T + Send + 'static) -> T {
    std::thread::Builder::new()
        .stack_size(256 << 20)
        .spawn(run)
        .expect("a thread starts")
        .join()
        .expect("nothing panics")
}

pub(crate) fn parsed(text: &str) -> Result<File, Report> {
    let text = text.to_owned();
    deep(move || parse(FileId(0), &text))
}

/// Every text of a folder of the corpus.
pub(crate) fn corpus(folder: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(folder);
    let mut texts: Vec<_> = std::fs::read_dir(folder)
        .expect("the folder is there")
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let text = std::fs::read_to_string(&path).ok()?;
            Some((path.display().to_string(), text))
        })
        .collect();
    texts.sort();
    texts
}

#[test]
fn every_construct_is_accepted() {
    let text = include_str!("every-construct.aura");
    let file = parsed(text).expect("the text is right");
    assert_eq!((file.attributes.len(), file.items.len()), (3, 11));
    assert_eq!(file.comments.len(), 3);
}

#[test]
fn spans_end_where_their_last_token_ends() {
    let text = "type T = Vec /* bytes */ ;\nprotocol P { roles: A /* a */ , B [ m ] ; A -> B [ * ] : X ( T ) ;\n\
                choice A { x when ( T . y /* y */ == 3 ) : { } } }";
    let file = parsed(text).expect("the text is right");
    let mut ends = Vec::new();
    let tree = format!("{file:?}");
    for part in tree.split("Span {").skip(1) {
        let number = |key: &str| {
            let (_, rest) = part.split_once(key).expect("a span has two ends");
            let digits = rest
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(rest.len());
            rest[..digits].parse::<usize>().expect("it is a number")
        };
        let token = &text[number("start: ")..number("end: ")];
        let comment = token.starts_with("/*");
        if token.ends_with(char::is_whitespace) || (token.ends_with('/') && !comment) {
            ends.push(token.to_owned());
        }
    }
    assert_eq!(ends, Vec::<String>::new());
}
