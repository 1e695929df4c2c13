//! Texts that nobody writes by mistake: one clear error, soon.

use std::time::Instant;

use aura_dsl::ast::File;
use aura_dsl::diag::Report;
use aura_dsl::parse::parse;
use aura_dsl::print::print;
use aura_dsl::source::FileId;

use crate::{deep, parsed};

/// Nothing takes long, whatever it is; debug builds get ten times the two seconds of release ones.
fn quickly(name: &str, text: String) -> Result<File, Report> {
    let start = Instant::now();
    let outcome = deep(move || parse(FileId(0), &text));
    let seconds = start.elapsed().as_secs_f64();
    let limit = if cfg!(debug_assertions) { 20.0 } else { 2.0 };
    assert!(seconds < limit, "{name}: {seconds} s");
    outcome
}

#[test]
fn a_thousand_levels_are_read_and_more_are_one_error() {
    let nested = |before: &str, open: &str, inner: &str, close: &str, after: &str| {
        let (before, open, inner) = (before.to_owned(), open.to_owned(), inner.to_owned());
        let (close, after) = (close.to_owned(), after.to_owned());
        move |levels: usize| {
            let (open, close) = (open.repeat(levels), close.repeat(levels));
            format!("protocol P {{ roles: A, B; {before}{open}{inner}{close}{after} }}")
        }
    };
    let steps = nested("", "rec X {", "A -> B: X;", "}", "");
    let types = nested("A -> B: X(", "Vec<", "u8", ">", ");");
    let guards = nested("choice A { x when (", "(", "y", ")", "): {} }");
    for (name, text) in [
        ("steps", steps(1_000)),
        ("types", types(1_000)),
        ("guards", guards(1_000)),
    ] {
        let file = quickly(name, text).expect(name);
        let printed = deep(move || print(&file));
        quickly(name, printed).expect(name);
    }
    for (name, text) in [
        ("steps", steps(5_000)),
        ("types", types(5_000)),
        ("guards", guards(5_000)),
    ] {
        let report = quickly(name, text).map(|_| ()).expect_err(name);
        assert_eq!(
            report.iter().map(|one| one.code.name()).collect::<Vec<_>>(),
            ["E0108"],
            "{name}"
        );
    }
}

#[test]
fn hostile_texts_are_one_error_each() {
    let step = |step: &str| format!("protocol P {{ roles: A, B; {step} }}");
    let guard = |guard: &str| step(&format!("choice A {{ x when ({guard}): {{}} }}"));
    let cases = [
        ("braces", "{".repeat(5_000), "E0108"),
        (
            "closed braces",
            "{".repeat(5_000) + &"}".repeat(5_000),
            "E0108",
        ),
        ("blanks", " ".repeat(2 << 20), "E0108"),
        ("fewer blanks", " ".repeat(512 << 10), "E0109"),
        ("empty lines", "\n".repeat(512 << 10), "E0109"),
        ("slashes", "/".repeat(512 << 10), "E0109"),
        ("stars", "/*".repeat(256 << 10), "E0104"),
        ("quotes", "\"\" ".repeat(150_000), "E0101"),
        ("semicolons", ";".repeat(512 << 10), "E0101"),
        ("angles", "<".repeat(512 << 10), "E0108"),
        ("attributes", "#[a = 1] ".repeat(50_000), "E0101"),
        ("a long word", "a".repeat(512 << 10), "E0101"),
        (
            "a long number",
            step(&format!("A[x = {}] -> B: X;", "9".repeat(500_000))),
            "E0106",
        ),
        ("negations", guard(&("!".repeat(500_000) + "x")), "E0108"),
        (
            "a long conjunction",
            guard(&("x && ".repeat(90_000) + "x")),
            "E0108",
        ),
        (
            "many comparisons",
            guard(&("x < y || ".repeat(50_000) + "x")),
            "E0108",
        ),
        ("many mistakes", step(&"A -> B X; ".repeat(50_000)), "E0101"),
        (
            "missing semicolons",
            step(&"A -> B: X\n".repeat(50_000)),
            "E0101",
        ),
        ("open lists", step(&"A[".repeat(1_000)), "E0104"),
    ];
    for (name, text, code) in cases {
        let report = quickly(name, text).map(|_| ()).expect_err(name);
        let codes: Vec<_> = report.iter().map(|one| one.code.name()).collect();
        assert!(!codes.is_empty() && codes.len() <= 20, "{name}: {codes:?}");
        assert!(
            codes.iter().all(|found| *found == code),
            "{name}: {codes:?}"
        );
    }
}

#[test]
fn no_diagnostic_repeats_a_character_that_cannot_be_seen() {
    for hidden in [
        '\0', '\u{1b}', '\u{7f}', '\u{85}', '\u{202e}', '\u{2066}', '\u{200f}', '\u{61c}',
    ] {
        for text in [
            format!("protocol P{hidden} {{"),
            format!("// {hidden}"),
            format!("\"{hidden}\""),
        ] {
            let report = parsed(&text).expect_err("it is refused");
            let told = format!("{report:?}");
            assert_eq!(report.iter().count(), 1, "{told}");
            assert!(
                report.iter().all(|one| one.code.name() == "E0102"),
                "{told}"
            );
            assert!(
                report.iter().all(|one| !one.message.contains(hidden)),
                "{told}"
            );
        }
    }
}
