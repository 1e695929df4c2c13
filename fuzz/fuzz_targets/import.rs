//! Any Scribble text is refused or becomes a protocol that prints, parses and prints the same.

#![no_main]

use aura_dsl::import::scribble::import;
use aura_dsl::parse::parse;
use aura_dsl::print::print;
use aura_dsl::source::FileId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    aura_fuzz::deep(|| match import(FileId(0), text, "fuzzed") {
        Ok(imported) => {
            let file = imported.file;
            let once = print(&file);
            let again = parse(FileId(0), &once).unwrap_or_else(|report| {
                let errors: Vec<_> = report.errors().collect();
                panic!("printed text is refused: {errors:?}\n{once}")
            });
            assert_eq!(file.comments.len(), again.comments.len(), "a comment is lost");
            assert_eq!(once, print(&again), "printing twice differs");
        }
        Err(report) => {
            assert!(report.has_errors(), "refused without an error");
            for error in report.iter() {
                let (start, end) = (error.span.start as usize, error.span.end as usize);
                assert!(text.get(start..end).is_some(), "{error:?} stands outside");
            }
        }
    });
});
