//! What compiles and what does not, as a user of generated code meets it.
//!
//! Every file below `ui/fail` must be refused by rustc with the words beside it; every file below
//! `ui/pass` is a module of this test, and what it does is run. To accept new words:
//! `TRYBUILD=overwrite cargo test --test ui`, and read the difference as a newcomer would.
#![allow(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    clippy::drop_non_drop,
    reason = "tests that copy files and count them, and let go of states"
)]

use std::fs;
use std::path::{Path, PathBuf};

#[path = "ui/pass.rs"]
mod pass;

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/ui")
        .join(name)
}

fn cases(name: &str) -> Vec<String> {
    let files = fs::read_dir(folder(name)).unwrap();
    let files = files.map(|file| file.unwrap().path());
    let cases = files.filter(|file| file.extension().is_some_and(|end| end == "rs"));
    let mut cases: Vec<_> = cases
        .map(|file| file.file_stem().unwrap().to_string_lossy().into_owned())
        .collect();
    cases.sort();
    cases
}

/// The folder of the crate that trybuild makes of the cases, which is where the macros look for
/// files.
fn built_in() -> PathBuf {
    let this = std::env::current_exe().unwrap();
    let target = this.ancestors().nth(3).unwrap();
    target.join("tests/trybuild").join(env!("CARGO_PKG_NAME"))
}

#[test]
fn what_is_wrong_does_not_compile() {
    let there = built_in().join("protocols");
    fs::create_dir_all(&there).unwrap();
    for file in fs::read_dir(folder("protocols")).unwrap() {
        let file = file.unwrap();
        fs::copy(file.path(), there.join(file.file_name())).unwrap();
    }
    assert!(cases("fail").len() >= 50);
    trybuild::TestCases::new().compile_fail("tests/ui/fail/*.rs");
}

#[test]
fn every_case_that_compiles_is_run() {
    let cases = cases("pass");
    assert!(cases.len() >= 25, "{}", cases.len());
    let run: Vec<_> = pass::ALL.iter().map(|(name, _)| *name).collect();
    assert_eq!(cases, run);
    for (name, case) in pass::ALL {
        println!("{name}");
        case();
    }
}
