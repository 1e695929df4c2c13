//! `cargo xtask fuzz`: the fuzz targets of `fuzz/`, one after another.
//!
//! Needs the nightly toolchain and `cargo-fuzz`, and says so where one is missing. A finding is
//! written to `fuzz/artifacts`; minimised, it belongs into `aura-dsl/tests/regressions`, where the
//! stable tests replay it.

use std::fs;
use std::path::Path;

use crate::{Outcome, process};

/// Fuzzes one target or all, `--seconds N` each (60 where not given).
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments = arguments.to_vec();
    let seconds: u64 = match process::option(&mut arguments, "--seconds")? {
        Some(text) => text.parse()?,
        None => 60,
    };
    let folder = process::root().join("fuzz");
    let all = targets(&folder)?;
    let wanted: Vec<&String> = match arguments.as_slice() {
        [] => all.iter().collect(),
        [one] => all.iter().filter(|name| *name == one).collect(),
        _ => return Err("fuzz takes one target at most".into()),
    };
    if wanted.is_empty() {
        return Err(format!("no such target; there are: {}", all.join(", ")).into());
    }
    for target in wanted {
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

/// The names of the fuzz targets: each is a file.
fn targets(folder: &Path) -> Result<Vec<String>, std::io::Error> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.join("fuzz_targets"))? {
        let path = entry?.path();
        names.extend(
            path.file_stem()
                .and_then(|stem| stem.to_str())
                .map(str::to_owned),
        );
    }
    names.sort();
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_a_file() {
        let names = targets(&process::root().join("fuzz")).expect("the folder is there");
        assert!(names.contains(&"parse".to_owned()), "{names:?}");
    }
}
