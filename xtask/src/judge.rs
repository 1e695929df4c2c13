//! `cargo xtask judge`: random protocols, the compiler's verdict against an exploration.
//!
//! The sample of `cargo test` is small; this is the large one, in release mode. It prints seed,
//! quotas and every disagreement with the smallest protocol that shows it.

use crate::{Outcome, process};

/// Compares `--count N` protocols (20,000 where not given) from `--seed N` on.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments = arguments.to_vec();
    let count = process::option(&mut arguments, "--count")?;
    let seed = process::option(&mut arguments, "--seed")?;
    if let Some(other) = arguments.first() {
        return Err(format!("judge does not know `{other}`").into());
    }
    process::run(
        process::cargo()
            .args([
                "test",
                "--release",
                "-p",
                "aura-dsl",
                "--test",
                "judge",
                "--",
            ])
            .args(["random", "--nocapture"])
            .env("AURA_JUDGE_COUNT", count.as_deref().unwrap_or("20000"))
            .env("AURA_JUDGE_SEED", seed.as_deref().unwrap_or("1")),
    )
}
