//! What parses, prints; what was printed parses, and prints the same again.

#![no_main]

use aura_dsl::parse::parse;
use aura_dsl::print::print;
use aura_dsl::source::FileId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    aura_fuzz::deep(|| {
        let Ok(file) = parse(FileId(0), text) else {
            return;
        };
        let once = print(&file);
        let again = parse(FileId(0), &once).unwrap_or_else(|report| {
            let errors: Vec<_> = report.errors().collect();
            panic!("printed text is refused: {errors:?}\n{once}")
        });
        assert_eq!(file.comments.len(), again.comments.len(), "a comment is lost");
        assert_eq!(once, print(&again), "printing twice differs");
    });
});
