//! `cargo xtask fuzz`: the fuzz targets of `fuzz/`, one after another.
//!
//! Needs the nightly toolchain and `cargo-fuzz`, and says so where one is missing. A finding is
//! written to `fuzz/artifacts`; minimised, it belongs into `aura-dsl/tests/regressions`, where the
//! stable tests replay it.

use std::fs;

use crate::{Outcome, process};

/// The fuzz targets, each a file of `fuzz/fuzz_targets`.
const TARGETS: &[&str] = &["parse", "round_trip", "compile", "import"];

/// Fuzzes one target or all, `--seconds N` each (60 where not given).
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments = arguments.to_vec();
    let seconds: u64 = match process::option(&mut arguments, "--seconds")? {
        Some(text) => text.parse()?,
        None => 60,
    };
    let targets: Vec<&str> = match arguments.as_slice() {
        [] => TARGETS.to_vec(),
        [one] => TARGETS.iter().copied().filter(|name| name == one).collect(),
        _ => return Err("fuzz takes one target at most".into()),
    };
    if targets.is_empty() {
        return Err(format!("no such target; there are: {}", TARGETS.join(", ")).into());
    }
    let folder = process::root().join("fuzz");
    for target in targets {
        println!("fuzzing {target} for {seconds} s");
        let corpus = format!("corpus/{target}");
        fs::create_dir_all(folder.join(&corpus))?;
        // Rustup's own `cargo` reads `+nightly`; the one in $CARGO is bound to a toolchain.
        process::run(
            process::command("cargo")
                .current_dir(&folder)
                .env_remove("RUSTUP_TOOLCHAIN")
                .args(["+nightly", "fuzz", "run", target, &corpus])
                .args(["../aura-dsl/tests/corpus", "../protocols", "--"])
                .arg(format!("-max_total_time={seconds}"))
                .args(["-rss_limit_mb=2048", "-timeout=10", "-max_len=65536"])
                .args(["-dict=aura.dict", "-print_final_stats=1"]),
        )
        .map_err(|error| format!("{error} (needed: `cargo install cargo-fuzz`, and nightly)"))?;
    }
    Ok(())
}
