//! `cargo xtask frames`: the tests that send bad frames, with a million of them.
//!
//! The same tests run with the suite on fewer frames; here they are built with optimisation.

use std::time::Instant;

use crate::{Outcome, process};

/// The tests, by package, target and name.
const TESTS: &[&[&str]] = &[
    &["-p", "aura-runtime", "--lib", "bad_frames_change_nothing"],
    &["-p", "aura", "--test", "frames"],
];

/// Runs them with `--count N` frames each, a million where not given.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments = arguments.to_vec();
    let count = process::option(&mut arguments, "--count")?;
    let count: u64 = count.as_deref().unwrap_or("1000000").parse()?;
    for test in TESTS {
        let began = Instant::now();
        process::run(
            process::cargo()
                .args(["test", "--release", "--quiet"])
                .args(*test)
                // What the tests have measured is their output.
                .args(["--", "--nocapture"])
                .env("AURA_FRAMES", count.to_string()),
        )?;
        println!(
            "{}: {count} frames, {:?} with the build",
            test.join(" "),
            began.elapsed()
        );
    }
    Ok(())
}
