//! What fuzzing found once: each file under `regressions/` goes through the same checks again.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: a test reads its own folder"
)]

use std::path::Path;

use aura_dsl::compile::{compile, deep};
use aura_dsl::diag::Report;
use aura_dsl::import::scribble::import;
use aura_dsl::parse::parse;
use aura_dsl::print::print;
use aura_dsl::source::{FileId, NoImports};

/// Whether every finding stands inside of the text.
fn stands_inside(name: &str, text: &str, report: &Report) {
    for finding in report.iter() {
        let (start, end) = (finding.span.start as usize, finding.span.end as usize);
        assert!(text.get(start..end).is_some(), "{name}: {finding:?}");
    }
}

fn printed_is_read_again(name: &str, file: &aura_dsl::ast::File) {
    let once = print(file);
    let again = parse(FileId(0), &once);
    let again = again.unwrap_or_else(|report| panic!("{name}: {report:?}\n{once}"));
    assert_eq!(file.comments.len(), again.comments.len(), "{name}");
    assert_eq!(print(&again), once, "{name}");
}

#[test]
fn what_was_found_once_stays_repaired() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/regressions");
    let mut seen = 0;
    for entry in std::fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        let name = path.display().to_string();
        let bytes = std::fs::read(&path).expect("it can be read");
        // The targets take text: other bytes never reach them.
        let Ok(text) = String::from_utf8(bytes) else {
            continue;
        };
        seen += 1;
        deep(|| {
            match parse(FileId(0), &text) {
                Ok(file) => printed_is_read_again(&name, &file),
                Err(report) => stands_inside(&name, &text, &report),
            }
            match import(FileId(0), &text, "found") {
                Ok(imported) => {
                    printed_is_read_again(&name, &imported.file);
                    stands_inside(&name, &text, &imported.warnings);
                }
                Err(report) => stands_inside(&name, &text, &report),
            }
        });
        let compilation = compile(&name, &name, &text, &NoImports);
        stands_inside(&name, &text, &compilation.report);
        assert!(
            compilation.program.is_some() || compilation.report.has_errors(),
            "{name} is refused without an error"
        );
    }
    assert!(seen > 0, "nothing was replayed");
}
