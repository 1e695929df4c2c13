//! Every dependency, direct or not, is under a licence that `deny.toml` allows. `cargo deny` says
//! the same and more; this test needs nothing but cargo.

use std::iter::Peekable;
use std::process::Command;
use std::str::SplitWhitespace;

use serde_json::Value;

use super::tree::{Tree, assert_none, assert_one, root};

/// The packages that are built on this machine, as cargo describes them.
fn packages() -> Vec<Value> {
    let rustc = Command::new("rustc")
        .arg("-vV")
        .output()
        .expect("rustc runs");
    let about = String::from_utf8_lossy(&rustc.stdout).into_owned();
    let host = about
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .expect("rustc names its host");
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args([
            "metadata",
            "--format-version",
            "1",
            "--offline",
            "--filter-platform",
            host,
        ])
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo describes itself");
    metadata["packages"]
        .as_array()
        .expect("packages are a list")
        .clone()
}

/// The licences that the policy allows.
fn allowed(policy: &str) -> Vec<&str> {
    let list = policy.split("allow = [").nth(1).unwrap_or_default();
    let list = list.split(']').next().unwrap_or_default();
    list.split('"').skip(1).step_by(2).collect()
}

/// Packages whose licence expression cannot be met with the allowed licences.
fn refused(packages: &[Value], allowed: &[&str]) -> Vec<String> {
    packages
        .iter()
        .filter(|package| {
            // A slash is how `OR` was written before there was a standard.
            let licence = package["license"].as_str().unwrap_or("none");
            let licence = licence
                .replace('/', " OR ")
                .replace('(', " ( ")
                .replace(')', " ) ");
            let mut words = licence.split_whitespace().peekable();
            !(any(&mut words, allowed) && words.next().is_none())
        })
        .map(|package| format!("{}: licence {}", package["name"], package["license"]))
        .collect()
}

type Words<'a> = Peekable<SplitWhitespace<'a>>;

/// `ALL OR ALL ..`
fn any(words: &mut Words, allowed: &[&str]) -> bool {
    let mut met = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        met |= all(words, allowed);
    }
    met
}

/// `ONE AND ONE ..`, which binds tighter than `OR`.
fn all(words: &mut Words, allowed: &[&str]) -> bool {
    let mut met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed);
    }
    met
}

/// A licence, with its exception where it has one, or an expression in parentheses.
fn one(words: &mut Words, allowed: &[&str]) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let met = any(words, allowed);
        return words.next_if_eq(&")").is_some() && met;
    }
    let mut licence = words.next().unwrap_or_default().to_owned();
    if words.next_if_eq(&"WITH").is_some() {
        licence = format!("{licence} WITH {}", words.next().unwrap_or_default());
    }
    allowed.contains(&licence.as_str())
}

#[test]
fn every_licence_is_allowed() {
    let tree = Tree::repository();
    assert_none(&refused(&packages(), &allowed(tree.text("deny.toml"))));
}

#[test]
fn a_foreign_licence_is_found() {
    let package = |licence: &str| serde_json::json!({ "name": "x", "license": licence });
    let allowed = ["MIT", "Apache-2.0", "Unicode-3.0"];
    let fine = [
        "MIT OR GPL-3.0",
        "GPL-3.0/MIT",
        "(MIT OR Apache-2.0) AND Unicode-3.0",
    ]
    .map(package);
    assert_none(&refused(&fine, &allowed));
    for licence in [
        "GPL-3.0",
        "MIT AND GPL-3.0",
        "(MIT OR Apache-2.0) AND GPL-3.0",
        "MIT )",
    ] {
        assert_one(&refused(&[package(licence)], &allowed), "licence");
    }
}
