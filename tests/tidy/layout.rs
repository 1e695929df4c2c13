//! Rules about what stands where: the pages name paths that exist, every protocol is whole, and
//! every dependency is accounted for.

use std::collections::BTreeSet;

use super::edges::dependencies;
use super::tree::{Tree, assert_none, assert_one};

/// Every path in backticks in `ARCHITECTURE.md` exists. A word counts as a path when it has a slash
/// in it or the ending of a file; a `NAME` in it stands for any.
fn architecture(tree: &Tree) -> Vec<String> {
    let page = tree.text("ARCHITECTURE.md");
    let mut findings = Vec::new();
    for (number, line) in (1..).zip(page.lines()) {
        for word in line.split('`').skip(1).step_by(2) {
            let is_path = word.contains('/')
                || [".rs", ".md", ".toml", ".pest", ".aura", ".txt"]
                    .iter()
                    .any(|end| word.ends_with(end));
            let is_plain = !word.contains([' ', '*', '<', ':', '(']) && !word.contains("NAME");
            if is_path && is_plain && !tree.has(word) {
                findings.push(format!("ARCHITECTURE.md:{number}: there is no `{word}`"));
            }
        }
    }
    findings
}

/// Every folder of `protocols/` is a whole protocol and is listed.
fn protocols(tree: &Tree) -> Vec<String> {
    let list = tree.text("protocols/lib.rs");
    let names: BTreeSet<&str> = tree
        .ending(".aura")
        .filter_map(|(path, _)| path.strip_prefix("protocols/")?.split_once('/'))
        .map(|(name, _)| name)
        .collect();
    let mut findings = Vec::new();
    for name in names {
        for file in [
            format!("{name}.aura"),
            "mod.rs".to_owned(),
            "audit.txt".to_owned(),
        ] {
            if !tree.has(&format!("protocols/{name}/{file}")) {
                findings.push(format!("protocols/{name}: has no {file}"));
            }
        }
        if !list.contains(&format!("(\"{name}\",")) {
            findings.push(format!("protocols/{name}: is not in `ALL`"));
        }
    }
    findings
}

/// Every dependency has its line in `docs/dependencies.md`, and no line has outlived its own.
fn accounts(tree: &Tree) -> Vec<String> {
    let mut used = BTreeSet::new();
    for (path, text) in tree.ending("Cargo.toml") {
        if !path.starts_with("benches/") {
            used.extend(dependencies(text).into_iter().map(|(name, _)| name));
        }
    }
    used.retain(|name| !name.starts_with("aura-"));
    let page = tree.text("docs/dependencies.md");
    let listed: BTreeSet<String> = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name.to_owned())
        .collect();
    let missing = used
        .difference(&listed)
        .map(|name| format!("docs/dependencies.md: has no line for `{name}`"));
    let stale = listed
        .difference(&used)
        .map(|name| format!("docs/dependencies.md: nothing uses `{name}`"));
    missing.chain(stale).collect()
}

#[test]
fn the_architecture_names_what_exists() {
    assert_none(&architecture(&Tree::repository()));
}

#[test]
fn a_path_that_is_gone_is_found() {
    let page = (
        "ARCHITECTURE.md",
        "`src/a.rs` `src/` `a -> b/c` `protocols/NAME/mod.rs`\n`b.rs`\n",
    );
    let tree = Tree::planted(&[page, ("src/a.rs", "")]);
    assert_one(
        &architecture(&tree),
        "ARCHITECTURE.md:2: there is no `b.rs`",
    );
}

#[test]
fn every_protocol_is_whole() {
    assert_none(&protocols(&Tree::repository()));
}

#[test]
fn half_a_protocol_is_found() {
    let tree = Tree::planted(&[
        ("protocols/lib.rs", "(\"x\", x::SOURCE)"),
        ("protocols/x/x.aura", ""),
        ("protocols/x/mod.rs", ""),
    ]);
    assert_one(&protocols(&tree), "audit.txt");
}

#[test]
fn every_dependency_is_accounted_for() {
    assert_none(&accounts(&Tree::repository()));
}

#[test]
fn a_dependency_without_account_is_found() {
    let manifest = ("x/Cargo.toml", "[dependencies]\nserde.workspace = true\n");
    assert_one(
        &accounts(&Tree::planted(&[manifest])),
        "no line for `serde`",
    );
    let page = (
        "docs/dependencies.md",
        "| `serde` | why |\n| `syn` | why |\n",
    );
    assert_one(
        &accounts(&Tree::planted(&[manifest, page])),
        "nothing uses `syn`",
    );
}
