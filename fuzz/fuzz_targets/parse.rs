//! Any text parses, or is refused with errors that stand inside of it.

#![no_main]

use aura_dsl::parse::parse;
use aura_dsl::source::FileId;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    aura_fuzz::deep(|| match parse(FileId(0), text) {
        Ok(file) => assert!(file.span.end as usize <= text.len()),
        Err(report) => {
            assert!(report.has_errors(), "refused without an error");
            for error in report.iter() {
                let (start, end) = (error.span.start as usize, error.span.end as usize);
                assert!(text.get(start..end).is_some(), "{error:?} stands outside");
            }
        }
    });
});
