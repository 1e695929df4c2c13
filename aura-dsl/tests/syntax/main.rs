//! What the text stage accepts, how it refuses the rest, and that the printer keeps its promises.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: tests read the corpus and the clock"
)]

mod hostile;
mod layout;
mod mistakes;

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
