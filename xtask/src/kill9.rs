//! `cargo xtask kill9`: a process that sends under load is killed, again and again.
//!
//! In: how many times. Out: the sums that the test prints, or what it found missing. The test is
//! `aura-runtime/tests/kill9.rs`, which kills fifty times in the ordinary suite.

use crate::{Outcome, process};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments = arguments.to_vec();
    let kills = process::option(&mut arguments, "--kills")?;
    if let Some(other) = arguments.first() {
        return Err(format!("`{other}` is no argument of this task").into());
    }
    let kills: u32 = kills.map_or(Ok(1000), |text| text.parse())?;
    let mut cargo = process::cargo();
    cargo
        .args([
            "test",
            "--release",
            "--package",
            "aura-runtime",
            "--test",
            "kill9",
        ])
        .args(["--", "--nocapture", "kills_lose_nothing"])
        .env("AURA_KILLS", kills.to_string());
    process::run(&mut cargo)
}
