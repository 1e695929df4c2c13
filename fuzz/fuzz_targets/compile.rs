//! Any text goes through every stage: each error stands inside of the text.

#![no_main]

use aura_dsl::compile::compile;
use aura_dsl::source::NoImports;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let compilation = compile("fuzzed.aura", "fuzzed.aura", text, &NoImports);
    for finding in compilation.report.iter() {
        let (start, end) = (finding.span.start as usize, finding.span.end as usize);
        assert!(text.get(start..end).is_some(), "{finding:?} stands outside");
    }
    assert!(
        compilation.program.is_some() || compilation.report.has_errors(),
        "refused without an error"
    );
});
