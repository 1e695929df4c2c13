//! The examples of the pages that `aura-dsl explain` prints: what is wrong breaks the rule and no
//! other, and its repair breaks none.

use std::path::Path;

use aura_dsl::audit::resilience;
use aura_dsl::check::Checked;
use aura_dsl::compile::{Compilation, compile};
use aura_dsl::diag::Severity;
use aura_dsl::diag::codes::{self, Code};
use aura_dsl::source::{LoadError, Loaded, Loader};

/// Codes whose rule no text alone can break, each with the place that breaks it.
const WITHOUT_EXAMPLES: &[(&str, &str)] = &[
    (
        "E0111",
        "a file that cannot be read has no text; `tests/cli/hostile.rs` sets some up",
    ),
    (
        "E0112",
        "a text is exported when it is right; `tests/export.rs` exports some that cannot be",
    ),
];

/// Files in memory, by their names; what climbs is outside.
struct Files<'a>(&'a [(&'a str, &'a str)]);

impl Loader for Files<'_> {
    fn load(&self, _importer: &str, path: &str) -> Result<Loaded, LoadError> {
        if Path::new(path).is_absolute() || path.starts_with("..") {
            return Err(LoadError::Outside);
        }
        let found = self.0.iter().find(|(name, _)| *name == path);
        let (name, text) = found.ok_or(LoadError::Missing)?;
        Ok(Loaded {
            path: (*name).to_owned(),
            key: (*name).to_owned(),
            text: (*text).to_owned(),
        })
    }
}

/// The examples of a page with their language: what is wrong, and the repair.
fn examples(page: &str) -> Vec<(&str, &str)> {
    let blocks = page.split("\n```").skip(1).step_by(2);
    blocks.filter_map(|block| block.split_once('\n')).collect()
}

/// What a page cannot show as it is: the code, the words in its place, and what they stand for.
fn spelt_out(code: Code, example: &str) -> String {
    match code.name() {
        "E0102" => example.replace("<U+202E>", "\u{202e}"),
        "E0108" => example.replace("first == 1", &["first == 1"; 600].join(" || ")),
        _ => example.to_owned(),
    }
}

/// An example as a whole text: some pages show steps alone.
fn whole(language: &str, example: &str) -> String {
    let comment = example.lines().all(|line| line.starts_with("//"));
    if language != "aura" || comment || example.starts_with("#[") {
        return example.to_owned();
    }
    let header = "#[namespace = \"page\"]\n";
    if ["protocol ", "import ", "type ", "message "]
        .iter()
        .any(|item| example.contains(item))
    {
        format!("{header}{example}")
    } else {
        format!("{header}protocol Page {{\nroles: A, B, C, D, P, Q[m];\n{example}\n}}\n")
    }
}

/// The codes that an example's compilation and audit find, errors and the rest.
fn found(code: Code, (language, example): (&str, &str)) -> (Vec<Code>, String) {
    // A circle needs two files, and an import needs something to bring.
    let name = match (code.name(), language) {
        ("E0211", _) => "import-circle.aura",
        (_, "aura") => "page.aura",
        _ => "page.nuscr",
    };
    let text = whole(language, &spelt_out(code, example));
    let files = [
        (name, &*text),
        ("types.aura", "type Hash = [u8; 32];"),
        ("shared/common.aura", "type Root = [u8; 32];"),
    ];
    let Compilation {
        sources,
        mut report,
        program,
        protocols,
        ..
    } = compile(name, name, &text, &Files(&files));
    let checked = program.iter().flat_map(Checked::protocols);
    for (protocol, compiled) in checked.zip(&protocols) {
        if let Some(compiled) = compiled {
            report.extend(resilience(protocol, &compiled.automata).warnings);
        }
    }
    let shown = aura_dsl::diag::render::render(&sources, &report, false);
    (report.iter().map(|found| found.code).collect(), shown)
}

#[test]
fn every_page_has_an_example_of_what_is_wrong_and_its_repair() {
    for code in codes::ALL {
        let listed = WITHOUT_EXAMPLES
            .iter()
            .find(|(name, _)| *name == code.name());
        if let Some((_, reason)) = listed {
            assert!(
                examples(code.page()).is_empty() && !reason.is_empty(),
                "{code}"
            );
            continue;
        }
        let [wrong, right] = *examples(code.page()) else {
            panic!("{code}: a page has two examples, one that is wrong and its repair");
        };
        let (codes, shown) = found(*code, wrong);
        let errors = codes
            .iter()
            .filter(|found| found.severity() == Severity::Error);
        let others = errors.filter(|found| *found != code).count();
        assert!(codes.contains(code), "{code}, wrong:\n{shown}");
        assert_eq!(others, 0, "{code}, wrong:\n{shown}");
        let (codes, shown) = found(*code, right);
        let errors = codes
            .iter()
            .any(|found| found.severity() == Severity::Error);
        assert!(!errors && !codes.contains(code), "{code}, right:\n{shown}");
    }
}

#[test]
fn pages_leave_the_heading_to_the_command() {
    for code in codes::ALL {
        assert!(!code.page().starts_with('#'), "{code}");
    }
}
