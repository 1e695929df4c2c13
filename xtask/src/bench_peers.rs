//! `cargo xtask bench-peers`: what a message costs beside other systems, and what a session takes.
//!
//! In: the programs of `benches/peers`, a workspace of its own. Out: the tables between the markers
//! of `docs/benchmarks.md`. Each program measures everything that it compares in one run, round by
//! round, and prints figures separated by tabs; here they become tables with ratios.

mod table;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::{Outcome, page, process};

/// Where the programs are.
const MANIFEST: &str = "benches/peers/Cargo.toml";

/// Where the tables go.
const PAGE: &str = "docs/benchmarks.md";

/// Turns of an exchange in a round; those whose roles are threads take a tenth of them.
const TURNS: &str = "1500";

/// Each takes seconds.
const ECHO_ROUNDS: &str = "1";

/// `--rounds N`, `--dry` (print the tables, leave the page as it is), `--from FOLDER` (write the
/// tables of what the programs have printed before, each into a file of its name).
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments = arguments.to_vec();
    let rounds = process::option(&mut arguments, "--rounds")?.unwrap_or_else(|| "21".to_owned());
    let dry = process::flag(&mut arguments, "--dry");
    let from = process::option(&mut arguments, "--from")?.map(PathBuf::from);
    if let Some(unknown) = arguments.first() {
        return Err(format!("unknown argument `{unknown}`").into());
    }
    let exchanges = figures(
        from.as_deref(),
        "exchanges",
        &["--rounds", &rounds, "--turns", TURNS],
    )?;
    let footprint = figures(from.as_deref(), "footprint", &[])?;
    let echo = figures(from.as_deref(), "echo", &["--rounds", ECHO_ROUNDS])?;
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

/// The lines that a program prints, or has printed, split at their tabs.
fn figures(
    from: Option<&Path>,
    program: &str,
    arguments: &[&str],
) -> Result<Vec<Vec<String>>, Box<dyn std::error::Error>> {
    let text = match from {
        Some(folder) => fs::read_to_string(folder.join(program))?,
        None => printed(program, arguments)?,
    };
    let lines = text.lines();
    Ok(lines
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect())
}

fn printed(program: &str, arguments: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    eprintln!("{program}");
    let mut command = process::cargo();
    // What cargo tells this program of its own package would have build scripts run again.
    for (name, _) in std::env::vars() {
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(name);
        }
    }
    let output = command
        .args(["run", "--release", "--quiet", "--manifest-path", MANIFEST])
        .args(["--bin", program, "--"])
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("{program} ended with {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
