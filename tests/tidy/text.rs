//! Rules about every text: headers, sizes, and nothing of the machine that it was written on.

use super::tree::{Tree, assert_none, assert_one};

/// Lines at which a file should be thought about again.
const LONG: usize = 400;

/// Lines at which a file is a defect.
const TOO_LONG: usize = 800;

/// Files above [`LONG`], each with the reason why splitting it would make it worse.
const LONG_ON_PURPOSE: &[(&str, &str)] = &[
    (
        "aura-dsl/tests/judge/segments.rs",
        "the constructs that the generator draws, one by one",
    ),
    (
        "benches/peers/src/systems/family.rs",
        "two forks with the same macros, so one macro writes both",
    ),
    (
        "benches/peers/src/systems/rumpsteak.rs",
        "four exchanges with the types that they need, to be read beside each other",
    ),
];

/// Parts of paths that stand on one machine alone.
const MACHINE_PATHS: &[&str] = &[
    concat!("/ho", "me/"),
    concat!("/ro", "ot/"),
    concat!("/wo", "rk/"),
    concat!("/Use", "rs/"),
    concat!("C:", "\\"),
];

/// Sources that are input to a test, not part of the program.
fn is_input(path: &str) -> bool {
    path.contains("tests/ui/")
}

/// Every Rust file says at its top what it is for; so does every protocol.
fn headers(tree: &Tree) -> Vec<String> {
    let rust = tree
        .ending(".rs")
        .filter(|(path, text)| !is_input(path) && !text.starts_with("//!"));
    let protocols = tree
        .ending(".aura")
        .filter(|(path, text)| path.starts_with("protocols/") && !text.starts_with("//"));
    rust.chain(protocols)
        .map(|(path, _)| format!("{path}: opens without a header"))
        .collect()
}

/// No file outgrows its reader.
fn sizes(tree: &Tree, on_purpose: &[(&str, &str)]) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending(".rs").filter(|(path, _)| !is_input(path)) {
        let lines = text.lines().count();
        let excused = on_purpose.iter().any(|(long, _)| *long == path);
        if lines > TOO_LONG {
            findings.push(format!("{path}: {lines} lines, more than {TOO_LONG}"));
        } else if lines > LONG && !excused {
            findings.push(format!(
                "{path}: {lines} lines; split it, or give the reason in LONG_ON_PURPOSE"
            ));
        }
    }
    for (path, _) in on_purpose.iter().filter(|(path, _)| !tree.has(path)) {
        findings.push(format!("{path}: is gone, take it out of the list"));
    }
    findings
}

/// No text names a place that exists on one machine alone.
fn machine_paths(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree.files() {
        for (number, line) in (1..).zip(text.lines()) {
            // `net` + `work/` is no place on a machine, so a letter before the slash excuses.
            let found = MACHINE_PATHS.iter().any(|part| {
                line.match_indices(part).any(|(at, _)| {
                    !line[..at].ends_with(|before: char| before.is_alphanumeric() || before == '.')
                })
            });
            if found {
                findings.push(format!("{path}:{number}: a path of one machine"));
            }
        }
    }
    findings
}

#[test]
fn every_file_opens_with_a_header() {
    assert_none(&headers(&Tree::repository()));
}

#[test]
fn a_missing_header_is_found() {
    let tree = Tree::planted(&[("a.rs", "//! Here.\n"), ("b.rs", "fn main() {}\n")]);
    assert_one(&headers(&tree), "b.rs");
    let tree = Tree::planted(&[("protocols/x/x.aura", "protocol X {}\n")]);
    assert_one(&headers(&tree), "x.aura");
}

#[test]
fn no_file_is_too_long() {
    assert_none(&sizes(&Tree::repository(), LONG_ON_PURPOSE));
}

#[test]
fn a_long_file_is_found() {
    let (long, too_long) = ("//!\n".repeat(LONG + 1), "//!\n".repeat(TOO_LONG + 1));
    let tree = Tree::planted(&[("a.rs", &long)]);
    assert_one(&sizes(&tree, &[]), "a.rs");
    assert_none(&sizes(&tree, &[("a.rs", "why not")]));
    let tree = Tree::planted(&[("a.rs", &too_long)]);
    assert_one(&sizes(&tree, &[("a.rs", "why not")]), "more than");
    let tree = Tree::planted(&[("a.rs", "//!\n")]);
    assert_one(&sizes(&tree, &[("b.rs", "why not")]), "gone");
}

#[test]
fn no_text_names_a_place_of_one_machine() {
    assert_none(&machine_paths(&Tree::repository()));
}

#[test]
fn a_place_of_one_machine_is_found() {
    for part in MACHINE_PATHS {
        let text = format!("see {part}x\n");
        let tree = Tree::planted(&[("a.md", text.as_str()), ("b.md", "a network/topology\n")]);
        assert_one(&machine_paths(&tree), "a.md:1");
    }
}
