//! `cargo xtask bench-compile`: how long the compiler takes, and how that grows.
//!
//! In: the families of [`families`], written to files. Out: the table between the markers of
//! `docs/benchmarks.md`, beside what is to be reached and what another compiler takes. Measured is
//! the whole process of a release build, from its start to its end, with its output thrown away.
//! All measurements of a round follow each other and rounds repeat, so that a slow minute of the
//! machine falls on all of them alike; the median of the rounds is printed. Growth is fitted over
//! the cases of a family, after the time of a one-message protocol was taken off.

mod families;
pub(crate) mod measure;
pub(crate) mod table;

use std::path::PathBuf;
use std::{env, fs};

use crate::{Outcome, process};
use families::Case;
use measure::{Sample, Samples};

/// The two commands that are measured.
const COMMANDS: [&str; 2] = ["check", "project"];

/// Fewer rounds would make the median a matter of luck.
const ROUNDS: usize = 9;

/// Where the table goes.
const PAGE: &str = "docs/benchmarks.md";

/// `--rounds N`, `--only FAMILY`, `--dry` (print the table, leave the page as it is).
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments = arguments.to_vec();
    let rounds = match process::option(&mut arguments, "--rounds")? {
        Some(text) => text.parse()?,
        None => ROUNDS,
    };
    let only = process::option(&mut arguments, "--only")?;
    let dry = process::flag(&mut arguments, "--dry") || only.is_some();
    if let Some(unknown) = arguments.first() {
        return Err(format!("unknown argument `{unknown}`").into());
    }

    let binary = build()?;
    let cases = write_cases(only.as_deref())?;
    if cases.len() < 2 {
        return Err("no such family".into());
    }
    let mut samples = vec![[const { Samples::new() }; 2]; cases.len()];
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for ((_, path), samples) in cases.iter().zip(&mut samples) {
            for (command, samples) in COMMANDS.iter().zip(samples) {
                samples.push(measure::whole_process(&binary, command, path)?);
            }
        }
    }
    let rows: Vec<(&Case, [Sample; 2])> = cases
        .iter()
        .zip(&samples)
        .map(|((case, _), [check, project])| (case, [check.median(), project.median()]))
        .collect();
    let table = table::render(&rows, rounds);
    println!("{table}");
    if dry {
        return Ok(());
    }
    let page = process::root().join(PAGE);
    let text = table::replace(&fs::read_to_string(&page)?, &table)?;
    fs::write(page, text)?;
    Ok(())
}

/// Builds the release binary; it lands beside this one's own profile.
fn build() -> Result<PathBuf, Box<dyn std::error::Error>> {
    process::run(process::cargo().args([
        "build",
        "--release",
        "--quiet",
        "--package",
        "aura-dsl",
        "--bin",
        "aura-dsl",
    ]))?;
    let this = env::current_exe()?;
    let target = this
        .ancestors()
        .nth(2)
        .ok_or("the target folder has no name")?;
    Ok(target.join("release").join("aura-dsl"))
}

/// Writes every case, or the cases of one family with the baseline.
fn write_cases(only: Option<&str>) -> Result<Vec<(Case, PathBuf)>, Box<dyn std::error::Error>> {
    let folder = env::temp_dir().join(format!("aura-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    let wanted = families::all()
        .into_iter()
        .filter(|case| only.is_none_or(|family| case.family == family) || case.baseline());
    let mut cases = Vec::new();
    for case in wanted {
        let path = folder.join(format!(
            "{}_{}.aura",
            case.family.replace([' ', '/'], "_"),
            case.size
        ));
        fs::write(&path, &case.text)?;
        cases.push((case, path));
    }
    Ok(cases)
}
