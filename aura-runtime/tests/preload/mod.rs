//! A process of a test whose disk fails: `lib.rs` here, compiled by itself and loaded in front of the
//! system's library.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test uses the parts that it is about"
)]

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

/// Which calls fail.
#[derive(Clone, Copy, Debug)]
pub struct Fault<'a> {
    /// A part of the path of the files that are meant.
    pub file: &'a str,
    /// What fails, as `lib.rs` has it.
    pub kind: &'a str,
    /// At which call, counted from 1.
    pub at: u32,
    /// For how many.
    pub calls: u32,
}

/// What a process printed.
pub struct Said {
    /// Its lines.
    pub lines: Vec<String>,
    /// Whether the disk has failed at all.
    pub failed: bool,
}

/// Runs an ignored test of this binary in a process of its own, on a disk that fails.
pub fn run(test: &str, environment: &[(&str, &Path)], fault: Fault<'_>) -> Said {
    let mut command = Command::new(env::current_exe().unwrap());
    command
        .args([
            test,
            "--exact",
            "--ignored",
            "--nocapture",
            "--test-threads=1",
        ])
        .envs(environment.iter().copied())
        .env("LD_PRELOAD", library())
        .env("AURA_FAULT_MATCH", fault.file)
        .env("AURA_FAULT", fault.kind)
        .env("AURA_FAULT_AT", fault.at.to_string())
        .env("AURA_FAULT_FOR", fault.calls.to_string());
    let output = command.output().unwrap();
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{fault:?}: {printed}{said}");
    Said {
        lines: printed.lines().map(str::to_owned).collect(),
        failed: said.contains("fault "),
    }
}

/// The library, compiled once.
fn library() -> &'static Path {
    static LIBRARY: OnceLock<(tempfile::TempDir, PathBuf)> = OnceLock::new();
    let made = LIBRARY.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let library = folder.path().join("libpreload.so");
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/preload/lib.rs");
        let compiled = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
            .args([
                "--edition",
                "2024",
                "--crate-type",
                "cdylib",
                "--crate-name",
                "preload",
                "-O",
                "-o",
            ])
            .arg(&library)
            .arg(source)
            .status()
            .unwrap();
        assert!(compiled.success());
        (folder, library)
    });
    &made.1
}
