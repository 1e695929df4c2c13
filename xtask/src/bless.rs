//! `cargo xtask bless`: what the compiler prints now becomes what is expected of it.
//!
//! Out: rewritten snapshots, expected errors and audits, to be read in the diff before they are
//! committed. Tests that fail for another reason still fail.

use crate::{Outcome, process};

/// Takes no arguments.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    if let Some(unknown) = arguments.first() {
        return Err(format!("bless takes no arguments, and got `{unknown}`").into());
    }
    process::run(
        process::cargo()
            .args(["test", "--quiet", "--package", "aura-dsl"])
            .env("INSTA_UPDATE", "always"),
    )?;
    process::run(process::cargo().args([
        "run",
        "--quiet",
        "--package",
        "aura-dsl",
        "--",
        "fmt",
        "protocols",
    ]))?;
    process::run(process::cargo().args([
        "run",
        "--quiet",
        "--package",
        "aura-dsl",
        "--",
        "audit",
        "--write",
        "protocols",
    ]))
}
