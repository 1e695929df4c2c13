//! For build scripts: protocols to Rust below `OUT_DIR`, before the crate is compiled.
//!
//! In: files with protocols, and what cargo tells a build script. Out: for `x.aura` a file `x.rs`,
//! which `aura_runtime::include_aura!("x")` takes into the crate; the lines that make cargo run the
//! script again when a file or one of its imports changes; warnings as warnings of cargo. What holds:
//! the Rust is that of the macros and of `aura-dsl generate`; a file that has not changed is not
//! written again. Behind the feature `build`.
//!
//! ```toml
//! [build-dependencies]
//! aura-dsl = { version = "0.1", default-features = false, features = ["build"] }
//! ```
//!
//! ```no_run
//! // build.rs
//! fn main() -> Result<(), aura_dsl::build::Error> {
//!     aura_dsl::build::compile("protocols/request_response.aura")
//! }
//! ```
//!
//! ```ignore
//! // src/main.rs
//! aura_runtime::include_aura!("request_response");
//! ```
#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_macros,
    reason = "edge: a build script reads and writes files, and talks to cargo on standard output"
)]

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::compile::{Compilation, compile as compile_text, deep};
use crate::diag::render::render;
use crate::diag::{Report, Severity};
use crate::emit::package::module;
use crate::emit::rust::Gap;
use crate::load::{Files, read};

/// Compiles one file into `OUT_DIR`, with everything as it is by default.
///
/// # Errors
///
/// What is wrong with the file, as `aura-dsl check` would say it.
pub fn compile(path: impl AsRef<Path>) -> Result<(), Error> {
    Config::new().compile(&[path])
}

/// How protocols are compiled, where [`compile`] does not fit.
#[derive(Clone, Debug, Default)]
pub struct Config {
    out: Option<PathBuf>,
    root: Option<PathBuf>,
    strict: bool,
}

impl Config {
    /// Into `OUT_DIR`, imports below the crate's folder, warnings as warnings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes into this folder, not into `OUT_DIR`.
    #[must_use]
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.out = Some(folder.into());
        self
    }

    /// Protocols and imports must lie below this folder, not below the crate's.
    #[must_use]
    pub fn root(mut self, folder: impl Into<PathBuf>) -> Self {
        self.root = Some(folder.into());
        self
    }

    /// Whether a warning fails the build, as in `aura-dsl check --deny warnings`.
    #[must_use]
    pub fn deny_warnings(mut self, deny: bool) -> Self {
        self.strict = deny;
        self
    }

    /// Compiles every file; what is wrong with one does not hide what is wrong with the next.
    ///
    /// # Errors
    ///
    /// Everything that is wrong, as `aura-dsl check` would say it; the folder or a file that cannot
    /// be read or written.
    pub fn compile(&self, paths: &[impl AsRef<Path>]) -> Result<(), Error> {
        let folder = |name: &str| std::env::var_os(name).map(PathBuf::from);
        let out = self.out.clone().or_else(|| folder("OUT_DIR"));
        let out = out.ok_or_else(|| {
            Error("there is no OUT_DIR: call this in a build script, or name a folder".into())
        })?;
        let root = self.root.clone().or_else(|| folder("CARGO_MANIFEST_DIR"));
        let mut wrong = String::new();
        for path in paths {
            if let Err(Error(why)) = self.one(path.as_ref(), root.as_deref(), &out) {
                wrong += &why;
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(Error(wrong))
        }
    }

    fn one(&self, path: &Path, root: Option<&Path>, out: &Path) -> Result<(), Error> {
        let shown = path.display();
        println!("cargo::rerun-if-changed={shown}");
        let unread = |why| Error(format!("cannot read {shown}: {why}\n"));
        let loader = Files::of_file(path, root).map_err(unread)?;
        let text = read::file(path).map_err(unread)?;
        let compilation = compile_text(&path.to_string_lossy(), loader.key(), &text, &loader);
        for (_, file) in compilation.sources.files() {
            println!("cargo::rerun-if-changed={}", file.path);
        }
        let warned = warnings(&compilation);
        if compilation.report.has_errors() || self.strict && warned {
            let all = render(&compilation.sources, &compilation.report, false);
            return Err(Error(all));
        }
        let name = path.file_name().unwrap_or(path.as_os_str());
        let source = format!("`{}`", name.to_string_lossy());
        let text = deep(|| module(&compilation, &source));
        let text = text.map_err(|gaps| refused(&gaps, &compilation))?;
        let to = out.join(Path::new(name).with_extension("rs"));
        if read::file(&to).is_ok_and(|before| before == text) {
            return Ok(());
        }
        fs::write(&to, text).map_err(|error| {
            let why = read::reason(&error);
            Error(format!("cannot write {}: {why}\n", to.display()))
        })
    }
}

/// Hands the warnings to cargo, line by line because it takes no others. Says whether there are any.
fn warnings(compilation: &Compilation) -> bool {
    let mut any = false;
    for found in compilation.report.iter() {
        if found.code.severity() == Severity::Warning {
            any = true;
            let text = render(&compilation.sources, &Report::from(found.clone()), false);
            for line in text.trim_end().lines() {
                println!("cargo::warning={}", line.trim_start_matches("warning"));
            }
        }
    }
    any
}

fn refused(gaps: &[Gap], compilation: &Compilation) -> Error {
    let lines = gaps.iter().map(|Gap { span, message }| {
        let place = compilation.sources.start(*span);
        let path = &compilation.sources.file(span.file).path;
        format!("{path}:{}:{}: {message}\n", place.line, place.column)
    });
    Error(lines.collect())
}

/// What was wrong, as text for people.
///
/// Its `Debug` is the same text, because that is what cargo shows of a build script whose `main`
/// returns it.
#[derive(Clone, PartialEq, Eq)]
pub struct Error(String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trim_end())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use super::*;

    const GOOD: &str = "#[namespace = \"t\"]\nprotocol Good { roles: A, B; A -> B: M; }\n";

    fn folder() -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("good.aura"), GOOD).unwrap();
        let bad = GOOD.replace("A -> B", "A -> C").replace('t', "u");
        fs::write(folder.path().join("bad.aura"), bad).unwrap();
        folder
    }

    fn config(folder: &tempfile::TempDir) -> Config {
        Config::new().out_dir(folder.path()).root(folder.path())
    }

    #[test]
    fn a_protocol_becomes_a_file_that_is_written_once() {
        let folder = folder();
        let good = folder.path().join("good.aura");
        config(&folder).compile(&[&good]).unwrap();
        let out = folder.path().join("good.rs");
        assert!(read::file(&out).unwrap().contains("pub mod good {"));
        let written = fs::metadata(&out).unwrap().modified().unwrap();
        config(&folder).compile(&[&good]).unwrap();
        assert_eq!(fs::metadata(&out).unwrap().modified().unwrap(), written);
    }

    #[test]
    fn every_file_is_judged() {
        let folder = folder();
        let path = |name: &str| folder.path().join(name);
        let names = ["bad.aura", "gone.aura", "good.aura"].map(path);
        let error = config(&folder).compile(&names).unwrap_err().to_string();
        assert!(error.contains("bad.aura:2:"), "{error}");
        assert!(
            error.contains("gone.aura: there is no such file"),
            "{error}"
        );
        assert!(path("good.rs").exists() && !path("bad.rs").exists());
    }

    #[test]
    fn warnings_fail_where_that_was_asked_for() {
        let folder = folder();
        let good = folder.path().join("good.aura");
        let error = config(&folder).deny_warnings(true).compile(&[&good]);
        assert!(error.unwrap_err().to_string().contains("W0906"));
    }
}
