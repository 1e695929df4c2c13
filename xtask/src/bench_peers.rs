//! `cargo xtask bench-peers`: what a message costs beside other systems, and what a session takes.
//!
//! In: the programs of `benches/peers`, a workspace of its own. Out: the tables between the markers
//! of `docs/benchmarks.md`. Each program measures everything that it compares in one run, round by
//! round, and prints figures separated by tabs; here they become tables with ratios.

mod table;

use std::fs;

use crate::{Outcome, page, process};

/// Where the programs are.
const MANIFEST: &str = "benches/peers/Cargo.toml";

/// Where the tables go.
const PAGE: &str = "docs/benchmarks.md";

/// `--rounds N`, `--dry` (print the tables, leave the page as it is).
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments = arguments.to_vec();
    let rounds = process::option(&mut arguments, "--rounds")?.unwrap_or_else(|| "21".to_owned());
    let dry = process::flag(&mut arguments, "--dry");
    if let Some(unknown) = arguments.first() {
        return Err(format!("unknown argument `{unknown}`").into());
    }
    let exchanges = figures("exchanges", &["--rounds", &rounds])?;
    let footprint = figures("footprint", &[])?;
    let echo = figures("echo", &[])?;
    let tables = [
        ("bench-peers", table::exchanges(&exchanges, &rounds)?),
        ("bench-footprint", table::footprint(&footprint)),
        ("bench-echo", table::echo(&echo)),
    ];
    let path = process::root().join(PAGE);
    let mut text = fs::read_to_string(&path)?;
    for (marker, table) in tables {
        println!("{table}");
        text = page::replace(&text, marker, &table)?;
    }
    if !dry {
        fs::write(path, text)?;
    }
    Ok(())
}

/// The lines that a program prints, split at their tabs.
fn figures(
    program: &str,
    arguments: &[&str],
) -> Result<Vec<Vec<String>>, Box<dyn std::error::Error>> {
    eprintln!("{program}");
    let output = process::cargo()
        .args(["run", "--release", "--quiet", "--manifest-path", MANIFEST])
        .args(["--bin", program, "--"])
        .args(arguments)
        .stderr(std::process::Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("{program} ended with {}", output.status).into());
    }
    let text = String::from_utf8(output.stdout)?;
    let lines = text.lines();
    Ok(lines
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect())
}
