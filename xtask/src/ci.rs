//! `cargo xtask ci`: the checks that a change has to pass, as continuous integration runs them.

use crate::{Outcome, process};

/// Hands its arguments, the names of steps, to `.ci/run`.
pub(crate) fn run(steps: &[String]) -> Outcome {
    process::run(process::command(".ci/run").args(steps))
}
