//! The source texts of the repository, by their paths.
//!
//! Out: every text file below the root but what `.gitignore` keeps out. A planted tree is made of
//! texts alone, so that rules can be seen to fail without touching the repository.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Source texts by their path from the root, with `/` between folders.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// The repository.
    pub(crate) fn repository() -> Self {
        let mut tree = Self::default();
        tree.walk(&root());
        assert!(tree.files.len() > 30, "the walk found next to nothing");
        tree
    }

    /// A tree of these files alone.
    pub(crate) fn planted(files: &[(&str, &str)]) -> Self {
        let files = files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect();
        Self { files }
    }

    /// Every file, in the order of paths.
    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// The files with an ending.
    pub(crate) fn ending<'a>(&'a self, end: &'a str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files().filter(move |(path, _)| path.ends_with(end))
    }

    /// The text of a file, empty where there is none.
    pub(crate) fn text(&self, path: &str) -> &str {
        self.files.get(path).map_or("", String::as_str)
    }

    /// Whether there is a file or a folder of that path.
    pub(crate) fn has(&self, path: &str) -> bool {
        let path = path.trim_end_matches('/');
        self.files.contains_key(path)
            || self
                .files
                .range(format!("{path}/")..)
                .next()
                .is_some_and(|(next, _)| next.starts_with(&format!("{path}/")))
    }

    fn walk(&mut self, folder: &Path) {
        let entries = fs::read_dir(folder).expect("a folder of the repository can be read");
        for entry in entries {
            let path = entry.expect("an entry can be read").path();
            let name = path
                .strip_prefix(root())
                .expect("the walk stays below the root")
                .to_string_lossy()
                .replace('\\', "/");
            let last = name.rsplit('/').next().unwrap_or_default();
            let generated = last == "target"
                || last == ".git"
                || name.ends_with(".snap.new")
                || name.starts_with("fuzz/corpus")
                || name.starts_with("fuzz/artifacts");
            if generated {
                continue;
            }
            if path.is_dir() {
                self.walk(&path);
            } else {
                // A picture is there, and has no text.
                let text = fs::read_to_string(&path).unwrap_or_default();
                self.files.insert(name, text);
            }
        }
    }
}

/// The repository's root.
pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Fails with every finding on a line of its own.
pub(crate) fn assert_none(findings: &[String]) {
    assert!(findings.is_empty(), "\n{}\n", findings.join("\n"));
}

/// Fails unless the planted violation, and nothing else, was found.
pub(crate) fn assert_one(findings: &[String], part: &str) {
    assert!(
        matches!(findings, [one] if one.contains(part)),
        "expected one finding with `{part}`, got {findings:#?}"
    );
}
