//! Imported files: below the root only.
//!
//! In: the path of an `import` and the file that it stands in. Out: the text, or why not. What
//! holds: a path is taken apart in the mind first, and then followed from the root downwards one
//! name at a time; a link is read, never followed blindly. So nothing above the root or behind a
//! link that leaves it is ever opened, nor asked whether it exists.

#![allow(
    clippy::disallowed_methods,
    reason = "edge: the command line and the macros load imports through this module"
)]

pub mod read;

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use crate::source::{LoadError, Loaded, Loader};

/// Links on the way to one file; more are a circle.
const LINKS: usize = 40;

/// Loads what one input imports.
#[derive(Debug)]
pub struct Files {
    /// The root, without links.
    root: PathBuf,
    /// The folder of the input, below the root.
    base: Vec<OsString>,
    /// That folder as the user named it.
    shown: PathBuf,
    /// The key of the input.
    key: String,
}

impl Files {
    /// The loader of a file's imports. Without a root, it is the nearest folder with a manifest.
    ///
    /// # Errors
    ///
    /// A sentence that says which folder cannot be read, or that the file lies outside of the root.
    pub fn of_file(path: &Path, root: Option<&Path>) -> Result<Self, String> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let name = path.file_name().unwrap_or(path.as_os_str());
        let here = canonical(folder)?;
        let root = match root {
            Some(root) => canonical(root)?,
            None => nearest_root(&here),
        };
        let outside = || {
            format!(
                "{} does not lie below the root {}",
                path.display(),
                root.display()
            )
        };
        let below = here.strip_prefix(&root).map_err(|_| outside())?;
        let below = below.iter().map(OsStr::to_owned).collect();
        Ok(Self::new(folder, name, root, below))
    }

    /// The loader of a text that stands in no file: its imports are relative to `folder`, which is
    /// the root unless another one is given.
    ///
    /// # Errors
    ///
    /// A sentence that says which folder cannot be read.
    pub fn of_text(name: &str, folder: &Path, root: Option<&Path>) -> Result<Self, String> {
        let here = canonical(folder)?;
        let root = root.map_or_else(|| Ok(here.clone()), canonical)?;
        let outside = || format!("{name} does not lie below the root {}", root.display());
        let below = here.strip_prefix(&root).map_err(|_| outside())?;
        let below = below.iter().map(OsStr::to_owned).collect();
        Ok(Self::new(folder, OsStr::new(name), root, below))
    }

    fn new(shown: &Path, name: &OsStr, root: PathBuf, base: Vec<OsString>) -> Self {
        let mut whole = base.clone();
        whole.push(name.to_owned());
        let key = key(&whole);
        Self {
            root,
            base,
            shown: shown.to_owned(),
            key,
        }
    }

    /// The key of the text itself.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// How a file below the root is called: as it would be from where the input was named.
    fn shown(&self, names: &[OsString]) -> String {
        let common = self
            .base
            .iter()
            .zip(names)
            .take_while(|(a, b)| a == b)
            .count();
        let mut shown = self.shown.clone();
        for _ in common..self.base.len() {
            let below_a_name = matches!(shown.components().next_back(), Some(Component::Normal(_)));
            if below_a_name {
                shown.pop();
            } else {
                shown.push("..");
            }
        }
        shown.extend(&names[common..]);
        shown.to_string_lossy().into_owned()
    }
}

impl Loader for Files {
    fn load(&self, importer: &str, path: &str) -> Result<Loaded, LoadError> {
        let mut folder: Vec<OsString> = importer.split('/').map(OsString::from).collect();
        folder.pop();
        let wanted = below(&folder, Path::new(path))?;
        let names = follow(&self.root, wanted)?;
        let file: PathBuf = std::iter::once(self.root.as_os_str())
            .chain(names.iter().map(OsString::as_os_str))
            .collect();
        Ok(Loaded {
            path: self.shown(&names),
            key: key(&names),
            text: read::file(&file).map_err(LoadError::Unreadable)?,
        })
    }
}

fn canonical(path: &Path) -> Result<PathBuf, String> {
    let here = if path.as_os_str().is_empty() {
        Path::new(".")
    } else {
        path
    };
    fs::canonicalize(here)
        .map_err(|error| format!("cannot read {}: {}", path.display(), read::reason(&error)))
}

/// The nearest folder upwards with a manifest, else the folder itself.
fn nearest_root(folder: &Path) -> PathBuf {
    let root = folder
        .ancestors()
        .find(|folder| folder.join("Cargo.toml").is_file());
    root.unwrap_or(folder).to_owned()
}

fn key(names: &[OsString]) -> String {
    let names: Vec<_> = names.iter().map(|name| name.to_string_lossy()).collect();
    names.join("/")
}

/// The names from the root to where `path` leads from `folder`, by the text of the path alone.
fn below(folder: &[OsString], path: &Path) -> Result<Vec<OsString>, LoadError> {
    let mut names = folder.to_vec();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::Normal(name) => names.push(name.to_owned()),
            Component::ParentDir => {
                names.pop().ok_or(LoadError::Outside)?;
            }
            Component::RootDir | Component::Prefix(_) => return Err(LoadError::Outside),
        }
    }
    if path.as_os_str().as_encoded_bytes().contains(&0) {
        return Err(LoadError::Missing);
    }
    Ok(names)
}

/// The names with every link on the way resolved.
fn follow(root: &Path, wanted: Vec<OsString>) -> Result<Vec<OsString>, LoadError> {
    let mut left: VecDeque<OsString> = wanted.into();
    let mut names: Vec<OsString> = Vec::new();
    let mut path = root.to_owned();
    let mut links = 0;
    while let Some(name) = left.pop_front() {
        path.push(&name);
        let metadata = fs::symlink_metadata(&path).map_err(|error| failed(&error))?;
        if !metadata.is_symlink() {
            names.push(name);
            continue;
        }
        links += 1;
        if links > LINKS {
            return Err(LoadError::Unreadable(
                "its links go round in a circle".into(),
            ));
        }
        let target = fs::read_link(&path).map_err(|error| failed(&error))?;
        let target = match target.strip_prefix(root) {
            Ok(inner) => below(&[], inner)?,
            Err(_) => below(&names, &target)?,
        };
        // From the root again: what the link names may have links of its own.
        for name in target.into_iter().rev() {
            left.push_front(name);
        }
        names.clear();
        root.clone_into(&mut path);
    }
    Ok(names)
}

fn failed(error: &io::Error) -> LoadError {
    match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => LoadError::Missing,
        _ => LoadError::Unreadable(read::reason(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(text: &str) -> Vec<OsString> {
        text.split('/').map(OsString::from).collect()
    }

    #[test]
    fn paths_are_judged_by_their_text_first() {
        let from = names("a/b");
        assert_eq!(below(&from, Path::new("../c.aura")), Ok(names("a/c.aura")));
        assert_eq!(below(&from, Path::new("./c.aura")), Ok(names("a/b/c.aura")));
        assert_eq!(
            below(&from, Path::new("../../../c")),
            Err(LoadError::Outside)
        );
        assert_eq!(
            below(&from, Path::new("../../../a/b/c")),
            Err(LoadError::Outside)
        );
        assert_eq!(
            below(&from, Path::new("/etc/passwd")),
            Err(LoadError::Outside)
        );
        assert_eq!(below(&from, Path::new("c\0.aura")), Err(LoadError::Missing));
    }

    #[test]
    fn shown_paths_start_where_the_user_did() {
        let loader = |shown: &str, base: &str| Files {
            root: PathBuf::from("/top"),
            base: names(base),
            shown: PathBuf::from(shown),
            key: String::new(),
        };
        let shown = |loader: Files, path: &str| loader.shown(&names(path));
        assert_eq!(shown(loader("p/x", "p/x"), "p/x/c.aura"), "p/x/c.aura");
        assert_eq!(shown(loader("p/x", "p/x"), "p/c.aura"), "p/c.aura");
        assert_eq!(shown(loader("x", "p/x"), "c.aura"), "../c.aura");
        assert_eq!(shown(loader("", "p/x"), "p/c.aura"), "../c.aura");
        assert_eq!(shown(loader("/top/p/x", "p/x"), "c.aura"), "/top/c.aura");
    }
}
