//! `cargo xtask bench-ledger`: what a guarded durable send costs beside a raw commit, what the guard
//! chain costs in memory, and what a journal of a million facts takes.
//!
//! In: the program of `benches/ledger`, a workspace of its own. Out: the table between the markers of
//! `docs/benchmarks.md`.

use std::{collections::BTreeMap, fs, path::PathBuf, process::Stdio};

use crate::{Outcome, page, process};

const MANIFEST: &str = "benches/ledger/Cargo.toml";
const PAGE: &str = "docs/benchmarks.md";

/// What is printed: the figure's name, what it is, its digits behind the point, and what is aimed at.
const ROWS: &[(&str, &str, usize, &str)] = &[
    ("raw_us", "one raw durable commit of SQLite, us", 0, ""),
    ("alone_us", "one guarded durable send alone, us", 0, ""),
    (
        "alone_ratio",
        "the same, times the raw commit of its round",
        2,
        "at most 1.5",
    ),
    (
        "at_once_rate",
        "guarded durable sends a second, 64 sessions at once",
        0,
        "40,000",
    ),
    (
        "at_once_gain",
        "the same, times the rate of raw commits of its round",
        1,
        "at least 8",
    ),
    (
        "chain_ns",
        "the chain in memory, 100 capabilities and 10,000 budgets, ns a send",
        0,
        "at most 60",
    ),
    (
        "chain_fact_ns",
        "the same with one hashed fact, ns a send",
        0,
        "at most 250",
    ),
    (
        "chain_allocations",
        "allocations a send without facts",
        2,
        "0",
    ),
    ("facts", "facts of the journal", 0, ""),
    ("open_s", "opened and checked, s", 2, ""),
    (
        "open_and_read_s",
        "opened, checked and read into memory, s",
        2,
        "under 2",
    ),
    (
        "open_charged_s",
        "opened and checked with a charge for each fact, s",
        2,
        "",
    ),
    (
        "reduce_s",
        "reduced to the last step of each session, s",
        2,
        "under 1",
    ),
    (
        "bytes_a_fact",
        "bytes a fact in memory, beyond a payload of 32",
        0,
        "at most 200",
    ),
    (
        "merge_us",
        "merged with a journal that knows 100 facts more, us",
        0,
        "",
    ),
    (
        "merge_entered",
        "parts of the set that the merge entered",
        0,
        "those on the way to the 100",
    ),
];

/// `--rounds N`, `--facts N`, `--dry` (print the table, leave the page as it is), `--from FILE` (write the
/// table of what the program has printed before).
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments = arguments.to_vec();
    let rounds = process::option(&mut arguments, "--rounds")?.unwrap_or_else(|| "21".to_owned());
    let facts = process::option(&mut arguments, "--facts")?.unwrap_or_else(|| "1000000".to_owned());
    let dry = process::flag(&mut arguments, "--dry");
    let from = process::option(&mut arguments, "--from")?.map(PathBuf::from);
    if let Some(unknown) = arguments.first() {
        return Err(format!("unknown argument `{unknown}`").into());
    }
    let text = match from {
        Some(file) => fs::read_to_string(file)?,
        None => printed(&["--rounds", &rounds, "--facts", &facts])?,
    };
    let table = table(&text);
    println!("{table}");
    if !dry {
        let path = process::root().join(PAGE);
        let text = page::replace(&fs::read_to_string(&path)?, "bench-ledger", &table)?;
        fs::write(path, text)?;
    }
    Ok(())
}

fn printed(arguments: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    let output = process::cargo()
        .args([
            "run",
            "--release",
            "--quiet",
            "--manifest-path",
            MANIFEST,
            "--",
        ])
        .args(arguments)
        .stderr(Stdio::inherit())
        .output()?;
    if !output.status.success() {
        return Err(format!("the program ended with {}", output.status).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

/// Figures that were not measured are left out.
fn table(text: &str) -> String {
    let figures: BTreeMap<&str, f64> = text
        .lines()
        .filter_map(|line| line.split_once('\t'))
        .filter_map(|(name, value)| Some((name, value.parse().ok()?)))
        .collect();
    let rows = ROWS.iter().filter_map(|(name, what, digits, aim)| {
        let value = figures.get(name)?;
        Some(format!("| {what} | {value:.digits$} | {aim} |\n"))
    });
    format!(
        "| what | figure | aimed at |\n|---|---:|---|\n{}",
        rows.collect::<String>()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_measured_is_in_the_table_and_nothing_else() {
        let found = table("chain_ns\t23.4\nnoise\nalone_ratio\t1.264\n");
        let rows: Vec<&str> = found.lines().skip(2).collect();
        assert_eq!(rows.len(), 2, "{found}");
        assert!(rows[0].ends_with("| 1.26 | at most 1.5 |"), "{found}");
        assert!(rows[1].ends_with("| 23 | at most 60 |"), "{found}");
    }
}
