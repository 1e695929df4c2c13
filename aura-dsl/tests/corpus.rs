//! The corpus: every dropped file is a test.
//!
//! `corpus/pass/*.aura` must be implementable; its snapshot is what `project` and `audit` print.
//! `corpus/*-fail/*.aura` must fail; its snapshot is what `check` prints. The binary itself runs,
//! in the corpus's folder, so that imports, paths and exit codes are the real ones. To accept new
//! snapshots: `INSTA_UPDATE=always cargo test -p aura-dsl --test corpus`.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "edge: a test that runs the binary on files"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use aura_dsl::compile::deep;
use aura_dsl::parse::parse;
use aura_dsl::print::print;
use aura_dsl::source::FileId;
use serde_json::Value;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn aura_dsl(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_aura-dsl"))
        .args(args)
        .env_remove("NO_COLOR")
        .current_dir(corpus())
        .output()
        .unwrap()
}

/// A run as a reader of the snapshot sees it.
fn shown(args: &[&str]) -> String {
    let output = aura_dsl(args);
    let out = String::from_utf8(output.stdout).unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    let code = output.status.code().unwrap();
    let err = if err.is_empty() {
        String::new()
    } else {
        format!("-- standard error --\n{err}")
    };
    format!(
        "$ aura-dsl {}\n{out}{err}-- exit code {code} --\n",
        args.join(" ")
    )
}

fn name(path: &Path) -> String {
    let name = path.strip_prefix(corpus()).unwrap();
    name.to_str().unwrap().replace('\\', "/")
}

fn json(args: &[&str]) -> Value {
    serde_json::from_slice(&aura_dsl(args).stdout).unwrap()
}

#[test]
fn failing_cases_say_what_is_wrong() {
    insta::glob!("corpus/*-fail/*", |path| {
        let case = name(path);
        let text = shown(&["check", &case]);
        assert!(
            text.ends_with("-- exit code 1 --\n"),
            "{case} must fail:\n{text}"
        );
        insta::assert_snapshot!(text);
    });
}

#[test]
fn passing_cases_are_implementable() {
    insta::glob!("corpus/pass/*", |path| {
        let case = name(path);
        let text = shown(&["project", &case]) + &shown(&["audit", &case]);
        assert_eq!(
            text.matches("-- exit code 0 --\n").count(),
            2,
            "{case} must pass:\n{text}"
        );
        insta::assert_snapshot!(text);
    });
}

#[test]
fn every_verdict_fits_the_folder() {
    let checked = json(&["check", "--format", "json", "."]);
    for file in checked["files"].as_array().unwrap() {
        let path = file["path"].as_str().unwrap();
        let mut verdicts = file["protocols"].as_array().unwrap().iter();
        let implementable = |protocol: &Value| protocol["verdict"] == "implementable";
        if path.contains("pass/") {
            assert!(verdicts.all(implementable), "{path}");
        } else if path.contains("verdict-fail/") {
            assert!(!verdicts.all(implementable), "{path}");
        }
    }
}

#[test]
fn passing_cases_survive_the_printer() {
    insta::glob!("corpus/pass/*.aura", |path| {
        let text = std::fs::read_to_string(path).unwrap();
        let formatted = |text: &str| deep(|| parse(FileId(0), text).map(|file| print(&file)));
        let once = formatted(&text).unwrap();
        assert_eq!(formatted(&once).unwrap(), once, "{} twice", name(path));
        let before = aura_dsl(&["check", &name(path)]);
        let folder = tempfile::tempdir().unwrap();
        let copy = folder.path().join(path.file_name().unwrap());
        std::fs::write(&copy, once).unwrap();
        let after = aura_dsl(&["check", copy.to_str().unwrap()]);
        assert_eq!(before.status, after.status, "{}", name(path));
    });
}
