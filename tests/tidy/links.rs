//! Rules about links: what a page links to is there.

use super::tree::{Tree, assert_none, assert_one};

/// Relative links of all pages to files that are not there. What stands in code is no link.
fn broken(tree: &Tree) -> Vec<String> {
    let mut findings = Vec::new();
    for (path, text) in tree.ending(".md") {
        for (number, line) in (1..).zip(text.lines()) {
            let prose: String = line.split('`').step_by(2).collect();
            for rest in prose.split("](").skip(1) {
                let Some((target, _)) = rest.split_once(')') else {
                    continue;
                };
                let target = target.split('#').next().unwrap_or_default();
                if target.is_empty() || target.contains("://") {
                    continue;
                }
                let whole = resolved(path, target);
                let folder = format!("{whole}/");
                let is_folder = tree.files().any(|(path, _)| path.starts_with(&folder));
                if !tree.has(&whole) && !is_folder {
                    findings.push(format!(
                        "{path}:{number}: links to `{target}`, which is not there"
                    ));
                }
            }
        }
    }
    findings
}

/// A link as a path from the top.
fn resolved(page: &str, target: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            ".." => {
                parts.pop();
            }
            "" | "." => {}
            part => parts.push(part),
        }
    }
    parts.join("/")
}

#[test]
fn every_link_leads_somewhere() {
    assert_none(&broken(&Tree::repository()));
}

#[test]
fn a_broken_link_is_found() {
    let page = "[a](b.md) [c](../d.md#e) [f](https://example.org) [here](#g) `[x](y)`\n";
    let tree = Tree::planted(&[("docs/a.md", page), ("docs/b.md", ""), ("d.md", "")]);
    assert_none(&broken(&tree));
    let tree = Tree::planted(&[("docs/a.md", page), ("docs/b.md", "")]);
    assert_one(&broken(&tree), "../d.md");
}
