//! Which texts a command works on, and how they are read.
//!
//! What holds: folders come in sorted order and links in them are not followed; only regular files
//! of a bounded size are opened, so a pipe or a device never makes a command hang.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use aura_dsl::load::read::stream;
pub(crate) use aura_dsl::load::read::{file as read, reason};

/// Endings of the files that are looked for in folders.
pub(crate) const PROTOCOLS: &[&str] = &["aura", "nuscr", "scr"];

/// A text to work on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// Standard input.
    Standard,
    /// A file, by the path that the user gave or that leads on from there.
    File(PathBuf),
}

impl Input {
    /// How diagnostics call it.
    pub(crate) fn shown(&self) -> String {
        match self {
            Input::Standard => "<stdin>".into(),
            Input::File(path) => path.to_string_lossy().into_owned(),
        }
    }

    pub(crate) fn read(&self) -> Result<String, String> {
        match self {
            Input::Standard => stream(io::stdin().lock()),
            Input::File(path) => read(path),
        }
    }
}

/// The texts that the paths stand for, or what is wrong with each path that stands for none.
pub(crate) fn inputs(paths: &[PathBuf], endings: &[&str]) -> Vec<Result<Input, String>> {
    let mut inputs = Vec::new();
    for path in paths {
        if path == Path::new("-") {
            inputs.push(Ok(Input::Standard));
        } else if path.is_dir() {
            let mut found = Vec::new();
            if let Err(error) = walk(path, endings, &mut found) {
                inputs.push(Err(format!("cannot read {}: {error}", path.display())));
            }
            if found.is_empty() {
                let endings: Vec<_> = endings.iter().map(|ending| format!(".{ending}")).collect();
                let endings = endings.join(", ");
                inputs.push(Err(format!(
                    "no files in {} end in {endings}",
                    path.display()
                )));
            }
            found.sort();
            inputs.extend(found.into_iter().map(|path| Ok(Input::File(path))));
        } else {
            inputs.push(Ok(Input::File(path.clone())));
        }
    }
    inputs.dedup();
    inputs
}

fn walk(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) -> io::Result<()> {
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder)? {
            let entry = entry?;
            let (kind, path) = (entry.file_type()?, entry.path());
            let hidden = entry.file_name().as_encoded_bytes().starts_with(b".");
            if kind.is_dir() && !hidden {
                folders.push(path);
            } else if kind.is_file() && has_ending(&path, endings) {
                found.push(path);
            }
        }
    }
    Ok(())
}

fn has_ending(path: &Path, endings: &[&str]) -> bool {
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| endings.contains(&ending))
}
