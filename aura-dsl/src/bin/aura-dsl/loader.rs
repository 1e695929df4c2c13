//! Imported files: below the root only.
//!
//! In: the path of an `import` and the file that it stands in. Out: the text, or why not. What
//! holds: a path is taken apart in the mind first, and then followed from the root downwards one
//! name at a time; a link is read, never followed blindly. So nothing above the root or behind a
//! link that leaves it is ever opened, nor asked whether it exists.

use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use aura_dsl::source::{LoadError, Loaded, Loader};

use crate::files::{self, Input};

/// Links on the way to one file; more are a circle.
const LINKS: usize = 40;

/// Loads what one input imports.
pub(crate) struct Files {
    /// The root, without links.
    root: PathBuf,
    /// The folder of the input, below the root.
    base: Vec<OsString>,
    /// That folder as the user named it.
    shown: PathBuf,
    /// The key of the input.
    pub(crate) key: String,
}

impl Files {
    /// The loader of an input; `root` is what the user chose.
    pub(crate) fn new(input: &Input, root: Option<&Path>) -> Result<Self, String> {
        let (shown, name) = match input {
            Input::Standard => (PathBuf::new(), OsStr::new("<stdin>")),
            Input::File(path) => {
                let folder = path.parent().unwrap_or(Path::new(""));
                (
                    folder.to_owned(),
                    path.file_name().unwrap_or(path.as_os_str()),
                )
            }
        };
        let here = if shown.as_os_str().is_empty() {
            Path::new(".")
        } else {
            &shown
        };
        let folder = canonical(here)?;
        let root = match (root, input) {
            (Some(root), _) => canonical(root)?,
            (None, Input::Standard) => folder.clone(),
            (None, Input::File(_)) => nearest_root(&folder),
        };
        let Ok(below) = folder.strip_prefix(&root) else {
            let (shown, root) = (input.shown(), root.display());
            return Err(format!("{shown} does not lie below the root {root}"));
        };
        let base: Vec<OsString> = below.iter().map(OsStr::to_owned).collect();
        let mut whole = base.clone();
        whole.push(name.to_owned());
        Ok(Self {
            root,
            base,
            shown,
            key: key(&whole),
        })
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
            text: files::read(&file).map_err(LoadError::Unreadable)?,
        })
    }
}

fn canonical(path: &Path) -> Result<PathBuf, String> {
    fs::canonicalize(path)
        .map_err(|error| format!("cannot read {}: {}", path.display(), files::reason(&error)))
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
        _ => LoadError::Unreadable(files::reason(error)),
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
