//! `cargo xtask bench-generated`: what generated code costs the compiler of Rust.
//!
//! In: a token that goes round three roles, in a few sizes: as `aura-dsl generate` writes it, as one
//! would write it by hand over rumpsteak 0.1.0 with a named struct for each state, and as a macro.
//! Out: the table between the markers of `docs/benchmarks.md`. Measured is one run of rustc as cargo
//! starts it for a debug build; what it depends on was built before. Each text is measured alone,
//! and again with a function for each role that takes every step, because generic code costs where
//! it is used. All measurements of a round follow each other and rounds repeat; medians are printed.
//! The macro's time is that of a crate with the macro less that of a crate with its text.

mod rustc;
mod sources;
mod table;

use std::error::Error;
use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::bench_compile::measure::{Sample, Samples};
use crate::{Outcome, process};
use rustc::Rustc;
use sources::Kind;

/// How many messages the token takes.
const SIZES: [usize; 3] = [10, 100, 500];

/// Fewer rounds would make the median a matter of luck.
const ROUNDS: usize = 7;

/// Where the table goes.
const PAGE: &str = "docs/benchmarks.md";

/// What was measured of one size.
struct Row {
    messages: usize,
    /// In the order of [`Kind::ALL`].
    medians: Vec<Sample>,
}

impl Row {
    fn of(&self, kind: Kind) -> Duration {
        let at = Kind::ALL.iter().position(|other| *other == kind);
        at.and_then(|at| self.medians.get(at))
            .map_or(Duration::ZERO, |sample| sample.cpu)
    }
}

/// `--rounds N`, `--sizes 10,100`, `--dry` (print the table, leave the page as it is).
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments = arguments.to_vec();
    let rounds = match process::option(&mut arguments, "--rounds")? {
        Some(text) => text.parse()?,
        None => ROUNDS,
    };
    let given = process::option(&mut arguments, "--sizes")?;
    let dry = process::flag(&mut arguments, "--dry") || given.is_some();
    let sizes = match given {
        Some(text) => text.split(',').map(str::parse).collect::<Result<_, _>>()?,
        None => SIZES.to_vec(),
    };
    if let Some(unknown) = arguments.first() {
        return Err(format!("unknown argument `{unknown}`").into());
    }

    let rustc = Rustc::prepare()?;
    for messages in &sizes {
        write(&rustc, *messages)?;
    }
    let mut samples = vec![[const { Samples::new() }; Kind::ALL.len()]; sizes.len()];
    for round in 1..=rounds {
        eprintln!("round {round} of {rounds}");
        for (messages, samples) in sizes.iter().zip(&mut samples) {
            for (kind, samples) in Kind::ALL.iter().zip(samples) {
                samples.push(rustc.measure(&name(*kind, *messages))?);
            }
        }
    }
    let rows = sizes.iter().zip(&samples).map(|(messages, samples)| Row {
        messages: *messages,
        medians: samples.iter().map(Samples::median).collect(),
    });
    let table = table::render(&rows.collect::<Vec<_>>(), rounds);
    println!("{table}");
    if dry {
        return Ok(());
    }
    let page = process::root().join(PAGE);
    let text = table::replace(&fs::read_to_string(&page)?, &table)?;
    fs::write(page, text)?;
    Ok(())
}

fn name(kind: Kind, messages: usize) -> String {
    format!("{}_{messages}", kind.name())
}

/// Writes the texts of one size.
fn write(rustc: &Rustc, messages: usize) -> Result<(), Box<dyn Error>> {
    let protocol = rustc.folder.join(format!("token_{messages}.aura"));
    fs::write(&protocol, sources::protocol(messages))?;
    let generated = generated(&protocol)?;
    for kind in Kind::ALL {
        let text = sources::text(*kind, messages, &generated);
        fs::write(rustc.folder.join(name(*kind, messages) + ".rs"), text)?;
    }
    Ok(())
}

/// What `aura-dsl generate` prints.
fn generated(protocol: &Path) -> Result<String, Box<dyn Error>> {
    let mut command = process::cargo();
    command.args(["run", "--quiet", "--package", "aura-dsl", "--", "generate"]);
    let output = command.arg(protocol).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into());
    }
    Ok(String::from_utf8(output.stdout)?)
}
