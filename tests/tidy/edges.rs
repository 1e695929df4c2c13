//! Which module may know which: the stages stay a pipeline, the two halves stay apart, and input
//! and output stay at the edges.

use std::collections::BTreeSet;

use super::tree::{Tree, assert_none, assert_one};

/// What each module of the compiler may use. Types come first, then the stages in their order;
/// a stage knows the types that it takes and yields, and no other stage but the one it asks.
const EDGES: &[(&str, &[&str])] = &[
    ("source", &[]),
    ("escape", &[]),
    ("ast", &["source"]),
    ("diag", &["escape", "source"]),
    ("verdict", &["source"]),
    ("global", &["ast", "diag", "source"]),
    ("local", &["global", "source"]),
    ("parse", &["ast", "diag", "escape", "source"]),
    ("print", &["ast", "source"]),
    // An import refuses the same characters, sizes and depths as the parser.
    ("import", &["ast", "diag", "parse", "source"]),
    ("load", &["source"]),
    (
        "resolve",
        &["ast", "diag", "global", "import", "parse", "source"],
    ),
    // Both ask which names are alike, for the hint of an unknown one.
    ("check", &["ast", "diag", "global", "resolve", "source"]),
    ("automaton", &["diag", "global", "source"]),
    (
        "project",
        &["automaton", "diag", "global", "local", "source", "verdict"],
    ),
    // Where a timeout's decision stands, read from the tree and not from the automaton, so that
    // tests can compare the two.
    ("guarded", &["global"]),
    ("contexts", &["ast", "diag", "global", "guarded", "source"]),
    (
        // Costs are read from the tree; crashes and buffers are explored on the automaton.
        "audit",
        &[
            "ast",
            "automaton",
            "contexts",
            "diag",
            "global",
            "guarded",
            "local",
            "project",
            "source",
        ],
    ),
    (
        "compile",
        &[
            "ast",
            "audit",
            "automaton",
            "check",
            "contexts",
            "diag",
            "global",
            "import",
            "local",
            "parse",
            "project",
            "resolve",
            "source",
            "verdict",
        ],
    ),
    (
        "emit",
        &[
            "ast", "audit", "check", "compile", "contexts", "diag", "escape", "global", "local",
            "print", "source", "verdict",
        ],
    ),
    // Two subjects of the backends, compared, in their names and tables.
    (
        "diff",
        &[
            "ast", "audit", "emit", "escape", "global", "local", "source", "verdict",
        ],
    ),
    // Build scripts: the driver and a backend, as the command line puts them together.
    ("build", &["compile", "diag", "emit", "load"]),
];

/// Places of the compiler that may read files, clocks and the environment.
const IO_EDGES: &[&str] = &[
    "aura-dsl/src/bin/",
    "aura-dsl/src/build.rs",
    "aura-dsl/src/load",
    "aura-dsl/tests/",
];

/// Crates and the crates of this workspace that they must not depend on, in any way.
const STRANGERS: &[(&str, &[&str])] = &[
    (
        "aura-dsl",
        &["aura-runtime", "aura-macros", "aura-protocols"],
    ),
    (
        "aura-runtime",
        &["aura-dsl", "aura-macros", "aura-protocols"],
    ),
    ("aura-macros", &["aura-protocols"]),
];

/// Modules of the compiler use what [`EDGES`] allows.
fn modules(tree: &Tree, edges: &[(&str, &[&str])]) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending(".rs") {
        let Some(inside) = path.strip_prefix("aura-dsl/src/") else {
            continue;
        };
        let module = inside.split(['/', '.']).next().unwrap_or_default();
        if module == "lib" || module == "bin" {
            continue;
        }
        let Some((_, allowed)) = edges.iter().find(|(name, _)| *name == module) else {
            findings.push(format!("{path}: `{module}` has no line in EDGES"));
            continue;
        };
        for used in used_modules(text) {
            if used != module && !allowed.contains(&used.as_str()) {
                findings.push(format!("{path}: `{module}` must not use `{used}`"));
            }
        }
    }
    findings
}

/// The modules behind every `crate::` outside of comments, groups in braces included.
fn used_modules(text: &str) -> BTreeSet<String> {
    let code = code(text);
    let mut used = BTreeSet::new();
    for (at, path) in code.match_indices("crate::") {
        // `my_crate::` is another crate.
        if code[..at].ends_with(|before: char| before.is_alphanumeric() || before == '_') {
            continue;
        }
        let rest = &code[at + path.len()..];
        match rest.strip_prefix('{') {
            Some(group) => used.extend(heads(group)),
            None => used.extend(word(rest)),
        }
    }
    used
}

/// A text without its comments and without what stands in its strings.
fn code(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("'\"'") {
            3
        } else if character == '"' {
            let mut escaped = false;
            let end = rest[1..].find(|c| {
                let ends = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                ends
            });
            end.map_or(rest.len(), |end| end + 2)
        } else {
            out.push(character);
            character.len_utf8()
        };
        rest = &rest[skipped..];
    }
    out
}

/// The first segment of each path of a `{a::b, c::{d, e}}`, given what follows the brace.
fn heads(group: &str) -> Vec<String> {
    let mut heads = Vec::new();
    let (mut depth, mut fresh) = (0usize, true);
    for (at, character) in group.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => fresh = true,
            _ if fresh && depth == 0 && !character.is_whitespace() => {
                heads.extend(word(&group[at..]));
                fresh = false;
            }
            _ => {}
        }
    }
    heads
}

/// The lower-case word that a text starts with: a module, where a type or macro is none.
fn word(text: &str) -> Option<String> {
    let end = text
        .find(|c: char| !(c.is_alphanumeric() || c == '_'))
        .unwrap_or(text.len());
    let word = &text[..end];
    word.starts_with(|c: char| c.is_ascii_lowercase())
        .then(|| word.to_owned())
}

/// What lifts the ban of input and output stands at an edge, and gives its reason.
fn io_edges(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending(".rs") {
        if !path.starts_with("aura-dsl/") || !text.contains("clippy::disallowed_") {
            continue;
        }
        if !IO_EDGES.iter().any(|edge| path.starts_with(edge)) {
            findings.push(format!("{path}: lifts the ban of IO, and is no edge"));
        } else if !text.contains("reason = \"edge: ") {
            findings.push(format!("{path}: lifts the ban of IO without `edge: ..`"));
        }
    }
    findings
}

/// The compiler and the runtime know nothing of each other, and versions stand in one place.
fn crates(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (name, strangers) in STRANGERS {
        for (dependency, _) in dependencies(tree.text(&format!("{name}/Cargo.toml"))) {
            if strangers.contains(&dependency.as_str()) {
                findings.push(format!("{name} must not depend on {dependency}"));
            }
        }
    }
    for (path, text) in tree.ending("Cargo.toml") {
        if path.starts_with("fuzz/") || path.starts_with("benches/") {
            continue;
        }
        for (dependency, value) in dependencies(text) {
            if !value.contains("workspace = true") && value.trim() != "true" {
                findings.push(format!("{path}: {dependency} has a version of its own"));
            }
        }
    }
    findings
}

/// The lines of a manifest's dependency tables: name and what stands behind it.
pub(crate) fn dependencies(manifest: &str) -> Vec<(String, String)> {
    let mut inside = false;
    let mut found = Vec::new();
    for line in manifest.lines() {
        if let Some(table) = line.strip_prefix('[') {
            let table = table.trim_end_matches([']', ' ']);
            inside = table.ends_with("dependencies") && !table.starts_with("workspace.");
        } else if let Some((name, value)) = line.split_once('=').filter(|_| inside) {
            let (name, dotted) = name.trim().split_once('.').unwrap_or((name.trim(), ""));
            if !name.starts_with('#') {
                found.push((name.to_owned(), format!("{dotted} = {}", value.trim())));
            }
        }
    }
    found
}

#[test]
fn modules_use_what_they_may() {
    assert_none(&modules(&Tree::repository(), EDGES));
}

#[test]
fn a_forbidden_edge_is_found() {
    let uses = |text| {
        let tree = Tree::planted(&[("aura-dsl/src/parse/items.rs", text)]);
        modules(&tree, EDGES)
    };
    assert_none(&uses(
        "use crate::ast::File;\n// crate::project\n\"crate::project\"",
    ));
    assert_one(&uses("use crate::project::project;"), "`project`");
    assert_one(
        &uses("use crate::{\n    ast::{File, Item},\n    emit,\n};"),
        "`emit`",
    );
    assert_one(&uses("fn f() -> crate::local::Locals {}"), "`local`");
    let tree = Tree::planted(&[("aura-dsl/src/helper.rs", "")]);
    assert_one(&modules(&tree, EDGES), "no line in EDGES");
}

#[test]
fn input_and_output_stay_at_the_edges() {
    assert_none(&io_edges(&Tree::repository()));
}

#[test]
fn a_new_edge_is_found() {
    let allow = "#![allow(clippy::disallowed_methods, reason = \"edge: reads\")]";
    let tree = Tree::planted(&[
        ("aura-dsl/src/bin/x.rs", allow),
        ("aura-dsl/src/y.rs", allow),
    ]);
    assert_one(&io_edges(&tree), "src/y.rs");
    let tree = Tree::planted(&[("aura-dsl/src/bin/x.rs", "allow(clippy::disallowed_methods)")]);
    assert_one(&io_edges(&tree), "without");
}

#[test]
fn compiler_and_runtime_are_strangers() {
    assert_none(&crates(&Tree::repository()));
}

#[test]
fn an_acquaintance_is_found() {
    let with = |path, dependency: &str| {
        let text = format!("[dev-dependencies]\n{dependency}\n[lints]\nworkspace = true\n");
        crates(&Tree::planted(&[(path, text.as_str())]))
    };
    let runtime = "aura-runtime.workspace = true";
    assert_one(&with("aura-dsl/Cargo.toml", runtime), "aura-runtime");
    assert_none(&with("protocols/Cargo.toml", runtime));
    assert_one(&with("protocols/Cargo.toml", "serde = \"1\""), "of its own");
}
