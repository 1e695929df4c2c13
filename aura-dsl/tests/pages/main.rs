//! Pages and pictures: what the binary writes, as snapshots and in a real browser.
//!
//! Where there is no browser, the tests that need one say so and pass; `AURA_BROWSER=required` makes
//! them fail instead.
//!
//! To accept new snapshots: `INSTA_UPDATE=always cargo test -p aura-dsl --test pages`.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "edge: a test that runs the binary on files"
)]

mod browser;
mod hostile;
mod legible;
mod pages;
mod pictures;
mod print;
mod recomputed;
mod soundness;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder of the compiler.
fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// Runs the binary in a folder.
fn run(folder: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aura-dsl"))
        .args(args)
        .current_dir(folder)
        .output()
        .unwrap()
}

/// What the binary prints about a file below the compiler's folder.
fn printed(args: &[&str]) -> String {
    String::from_utf8(run(&here(), args).stdout).unwrap()
}

/// The files of a folder below the compiler's, in order.
fn files(folder: &str) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(here().join(folder)).unwrap();
    let mut files: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    files.retain(|path| path.is_file());
    files.sort();
    files
}

/// Every protocol of the workspace.
fn protocols() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(here().join("../protocols")).unwrap();
    let folders = entries.map(|entry| entry.unwrap().path());
    let mut found: Vec<_> = folders
        .filter_map(|folder| {
            let name = folder.file_name()?.to_str()?.to_owned();
            let file = folder.join(name).with_extension("aura");
            file.is_file().then_some(file)
        })
        .collect();
    found.sort();
    assert!(found.len() > 6, "{found:?}");
    found
}
