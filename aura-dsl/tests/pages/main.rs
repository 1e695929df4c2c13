//! Pages and pictures: what the binary writes, as snapshots.
//!
//! To accept new snapshots: `INSTA_UPDATE=always cargo test -p aura-dsl --test pages`.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "edge: a test that runs the binary on files"
)]

mod pictures;

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
