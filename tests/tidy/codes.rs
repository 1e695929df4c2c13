//! Rules about diagnostics: every code has a page that explains it and a case that shows it, and
//! nothing speaks of a code that does not exist.

use std::collections::BTreeSet;

use aura_dsl::diag::codes::ALL;

use super::tree::{Tree, assert_none, assert_one};

/// Every code that a snapshot of the compiler's tests shows.
fn shown(tree: &Tree) -> BTreeSet<String> {
    tree.ending(".snap")
        .filter(|(path, _)| path.starts_with("aura-dsl/tests/"))
        .flat_map(|(_, text)| mentioned(text))
        .collect()
}

/// Everything in a text that looks like a code: `E` or `W`, then four digits.
fn mentioned(text: &str) -> BTreeSet<String> {
    let bytes = text.as_bytes();
    let is_part = |at: usize| {
        bytes
            .get(at)
            .is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
    };
    (0..bytes.len().saturating_sub(4))
        .filter(|&at| matches!(bytes[at], b'E' | b'W') && (at == 0 || !is_part(at - 1)))
        .filter(|&at| bytes[at + 1..at + 5].iter().all(u8::is_ascii_digit) && !is_part(at + 5))
        .map(|at| text[at..at + 5].to_owned())
        .collect()
}

/// Codes that no snapshot shows.
fn without_case(codes: &[&str], tree: &Tree) -> Vec<String> {
    let shown = shown(tree);
    codes
        .iter()
        .filter(|code| !shown.contains(**code))
        .map(|code| format!("{code}: no case of the corpus shows it"))
        .collect()
}

/// The code that tests ask for to see what happens with one that does not exist.
const NO_SUCH_CODE: &str = "E9999";

/// Mentions of codes that do not exist.
fn unknown(codes: &[&str], tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree.files() {
        let speaks = path.starts_with("aura-dsl/") || path.starts_with("docs/");
        for code in mentioned(text).iter().filter(|_| speaks) {
            if code != NO_SUCH_CODE && !codes.contains(&code.as_str()) {
                findings.push(format!("{path}: there is no code {code}"));
            }
        }
    }
    findings
}

/// Pages that do not explain: too short to say what the rule is, why, and what to do instead, or
/// with an example that does not end.
fn pages(pages: &[(&str, &str)]) -> Vec<String> {
    pages
        .iter()
        .filter(|(_, page)| page.len() < 200 || page.matches("```").count() % 2 == 1)
        .map(|(code, _)| format!("{code}: its page does not explain it"))
        .collect()
}

/// Pages of codes that do not exist.
fn stale_pages(codes: &[&str], tree: &Tree) -> Vec<String> {
    tree.ending(".md")
        .filter_map(|(path, _)| path.strip_prefix("aura-dsl/src/diag/explain/"))
        .filter(|page| !codes.contains(&page.trim_end_matches(".md")))
        .map(|page| format!("explain/{page}: no code has this page"))
        .collect()
}

fn all() -> Vec<&'static str> {
    ALL.iter().map(|code| code.name()).collect()
}

#[test]
fn every_code_has_a_case() {
    assert_none(&without_case(&all(), &Tree::repository()));
}

#[test]
fn a_code_without_case_is_found() {
    let tree = Tree::planted(&[("aura-dsl/tests/snapshots/a.snap", "error[E0101]: no")]);
    assert_none(&without_case(&["E0101"], &tree));
    assert_one(&without_case(&["E0101", "E0102"], &tree), "E0102");
}

#[test]
fn every_code_that_is_spoken_of_exists() {
    assert_none(&unknown(&all(), &Tree::repository()));
}

#[test]
fn an_invented_code_is_found() {
    let tree = Tree::planted(&[("docs/a.md", "E0101, SE0102, E01020, E0999")]);
    assert_one(&unknown(&["E0101"], &tree), "E0999");
}

#[test]
fn every_code_is_explained() {
    let tree = Tree::repository();
    let all_pages: Vec<_> = ALL.iter().map(|code| (code.name(), code.page())).collect();
    assert_none(&pages(&all_pages));
    assert_none(&stale_pages(&all(), &tree));
}

#[test]
fn a_code_without_explanation_is_found() {
    let page = "What the rule is, and why.\n".repeat(12);
    assert_none(&pages(&[("E0101", &page)]));
    assert_one(&pages(&[("E0101", "placeholder")]), "E0101");
    assert_one(&pages(&[("E0101", &format!("{page}```aura\n"))]), "E0101");
    let tree = Tree::planted(&[("aura-dsl/src/diag/explain/E0999.md", &page)]);
    assert_one(&stale_pages(&["E0101"], &tree), "E0999");
}
