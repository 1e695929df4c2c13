//! `cargo xtask budget-walks`: devices that share a budget, through random walks beside their model.
//!
//! In: how many walks. Out: how long they took, or the first step at which what a ledger did is not what
//! the model says. Four devices share a limit of 6. All walks drive ledgers in memory and the lattice
//! alone, a hundredth drives ledgers over stores that refuse each entry once, with restarts. The
//! ordinary suite walks less.

use std::time::Instant;

use crate::{Outcome, process};

pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments = arguments.to_vec();
    let walks = process::option(&mut arguments, "--walks")?;
    if let Some(other) = arguments.first() {
        return Err(format!("`{other}` is no argument of this task").into());
    }
    let walks: u64 = walks.map_or(Ok(1_000_000), |text| text.parse())?;
    for target in [&["--lib"][..], &["--test", "budget_model"]] {
        let began = Instant::now();
        let mut cargo = process::cargo();
        cargo
            .args(["test", "--release", "--package", "aura-runtime"])
            .args(target)
            .args(["--", "no_random_walk"])
            .env("AURA_WALKS", walks.to_string());
        process::run(&mut cargo)?;
        println!(
            "{walks} walks, {}: {:.0?}",
            target.join(" "),
            began.elapsed()
        );
    }
    Ok(())
}
