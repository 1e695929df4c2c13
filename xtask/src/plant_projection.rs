//! `cargo xtask plant-projection`: whether the judge would notice if the projection were wrong.
//!
//! A copy of the compiler is built once with every fault of [`FAULTS`] in it, each asleep behind a
//! name; then the judge runs once for each name and says after how many random protocols it
//! disagreed, and on which one. A fault whose text no longer stands in the source is an error: it
//! must move with the code that it breaks.

use std::fs;
use std::path::Path;

use crate::fault::{self, Fault, copy};
use crate::{Outcome, process};

const FAULTS: &[Fault] = &[
    Fault {
        name: "skip send validity",
        file: "project/validity.rs",
        from: "            if !self.covers(region, group.edges",
        to: "            if !PLANTED && !self.covers(region, group.edges",
    },
    Fault {
        name: "skip receive validity",
        file: "project/validity.rs",
        from: "        self.receive_validity(process, &receives, found);",
        to: "        if !PLANTED { self.receive_validity(process, &receives, found); }",
    },
    Fault {
        name: "skip mixed choice",
        file: "project/validity.rs",
        from: "        if let (Some(send), Some(_)) = (sends.first(), receives.first()) {",
        to: "        if let (Some(send), Some(_), false) = (sends.first(), receives.first(), PLANTED) {",
    },
    Fault {
        name: "skip waiting for ever",
        file: "project/validity.rs",
        from: "            if region.end {",
        to: "            if region.end && !PLANTED {",
    },
    Fault {
        name: "skip starvation",
        file: "project/validity.rs",
        from: "            } else if !self.covers(region, self.exits(region)) {",
        to: "            } else if !PLANTED && !self.covers(region, self.exits(region)) {",
    },
    Fault {
        name: "forget the FIFO rule",
        file: "project/available.rs",
        from: "                        run.reverse();\n                        run\n                    });\n                continue;",
        to: "                        run.reverse();\n                        run\n                    });\n                if !PLANTED { continue; }",
    },
    Fault {
        name: "ignore blocked members",
        file: "project/available.rs",
        from: "                if is_blocked {\n                    blocked.add(to.index());",
        to: "                if is_blocked && !PLANTED {\n                    blocked.add(to.index());",
    },
    Fault {
        name: "a quorum blocks like a gather from all",
        file: "project/available.rs",
        from: "                    if missing > chain.members.len() - chain.need {",
        to: "                    if missing > (if PLANTED { 0 } else { chain.members.len() - chain.need }) {",
    },
    Fault {
        name: "no soft marks",
        file: "automaton/build/messages.rs",
        from: "                    (None, Some(timer)) => Mark::Soft(timer),",
        to: "                    (None, Some(_)) if PLANTED => Mark::Plain,\n                    (None, Some(timer)) => Mark::Soft(timer),",
    },
    Fault {
        name: "an exchange blocks nobody",
        file: "project/available.rs",
        from: "                    for member in self.drop_markers(alphabet, chain, blocked) {",
        to: "                    for member in self.drop_markers(alphabet, chain, blocked).into_iter().filter(|_| !PLANTED) {",
    },
    Fault {
        name: "drop what follows a choice",
        file: "automaton/build/choices.rs",
        from: "|builder: &mut Self, steps: &[Step]| builder.steps(steps, next, place);\n            self.branch(",
        to: "|builder: &mut Self, steps: &[Step]| { let next = if PLANTED { builder.draft.last } else { next }; builder.steps(steps, next, place) };\n            self.branch(",
    },
    Fault {
        name: "drop what follows a timeout that gave up",
        file: "automaton/build/timers.rs",
        from: "        let late = self.block(&timeout.otherwise, next, place);",
        to: "        let last = if PLANTED { self.draft.last } else { next };\n        let late = self.block(&timeout.otherwise, last, place);",
    },
    Fault {
        name: "m = 1 as cutoff",
        file: "automaton/instance.rs",
        from: "    constants.max(if exchanged { 3 } else { 2 })",
        to: "    constants.max(if PLANTED { 1 } else if exchanged { 3 } else { 2 })",
    },
    Fault {
        name: "merge two gathers",
        file: "project/validity.rs",
        from: "                if collects {",
        to: "                if collects && !PLANTED {",
    },
    Fault {
        name: "ignore DELIM",
        file: "project.rs",
        from: "    examine_rounds(protocol, automaton, work, found);\n}",
        to: "    if !PLANTED { examine_rounds(protocol, automaton, work, found); }\n}",
    },
    Fault {
        name: "minimise without marks",
        file: "project/subsets.rs",
        from: "                signature.mark,\n                signature.scope,",
        to: "                if PLANTED { Mark::Plain } else { signature.mark },\n                signature.scope,",
    },
    Fault {
        name: "forget what a late answer owes",
        file: "project/fold.rs",
        from: "                owed: self.owed(view_state)?,",
        to: "                owed: if PLANTED { Vec::new() } else { self.owed(view_state)? },",
    },
    Fault {
        name: "fold a quorum into a gather from all",
        file: "project/fold/chains.rs",
        from: "            need: chain.quorum.clone(),",
        to: "            need: chain.quorum.clone().filter(|_| !PLANTED),",
    },
    Fault {
        name: "fold the end of a round the wrong way round",
        file: "project/fold.rs",
        from: "                let again = self.number(crossing.again.clone());\n                let done = self.number(crossing.done.clone());",
        to: "                let again = self.number(crossing.again.clone());\n                let done = self.number(crossing.done.clone());\n                let (again, done) = if PLANTED { (done, again) } else { (again, done) };",
    },
];

/// Plants every fault, or those whose names are given, and prints what the judge makes of them.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let mut arguments = arguments.to_vec();
    let count = process::option(&mut arguments, "--count")?;
    let count = count.as_deref().unwrap_or("8000");
    let folder = process::root().join("target/plant");
    copy_compiler(&folder)?;
    println!("| fault | found after | says | the smallest protocol |\n|---|---|---|---|");
    let healthy = judge(&folder, "", "400")?;
    if let Some(found) = healthy {
        return Err(format!("without a fault the judge disagrees already: {found}").into());
    }
    let mut missed = Vec::new();
    for fault in FAULTS {
        if !arguments.is_empty() && !arguments.iter().any(|name| name == fault.name) {
            continue;
        }
        match judge(&folder, fault.name, count)? {
            Some(found) => println!("| {} | {found}", fault.name),
            None => missed.push(fault.name),
        }
    }
    if missed.is_empty() {
        Ok(())
    } else {
        Err(format!("not found in {count} protocols: {}", missed.join(", ")).into())
    }
}

/// Copies the compiler and its judge into a workspace of their own, with all faults in it.
fn copy_compiler(folder: &Path) -> Outcome {
    let root = process::root();
    let compiler = folder.join("aura-dsl");
    if compiler.exists() {
        fs::remove_dir_all(&compiler)?;
    }
    copy(&root.join("aura-dsl/src"), &compiler.join("src"))?;
    copy(
        &root.join("aura-dsl/tests/judge"),
        &compiler.join("tests/judge"),
    )?;
    fs::copy(root.join("Cargo.lock"), folder.join("Cargo.lock"))?;
    fs::write(
        folder.join("Cargo.toml"),
        workspace(&fs::read_to_string(root.join("Cargo.toml"))?),
    )?;
    let manifest = fs::read_to_string(root.join("aura-dsl/Cargo.toml"))?;
    fs::write(
        compiler.join("Cargo.toml"),
        without(&manifest, "[dev-dependencies]"),
    )?;

    fault::plant(&compiler.join("src"), FAULTS)
}

/// The root's manifest with the compiler as its only member, and a build that is quick to make.
fn workspace(manifest: &str) -> String {
    let text = manifest.split("\n[package]").next().unwrap_or(manifest);
    let members = text.lines().map(|line| {
        if line.starts_with("members") {
            "members = [\"aura-dsl\"]"
        } else {
            line
        }
    });
    let members = members.filter(|line| !line.starts_with("exclude"));
    let text: Vec<&str> = members.collect();
    format!(
        "{}\n[profile.release]\nopt-level = 2\ncodegen-units = 16\n",
        text.join("\n")
    )
}

/// A manifest without one of its sections.
fn without(manifest: &str, section: &str) -> String {
    let mut inside = false;
    let lines = manifest.lines().filter(|line| {
        if line.starts_with('[') {
            inside = *line == section;
        }
        !inside
    });
    lines.collect::<Vec<_>>().join("\n") + "\n"
}

/// Runs the judge with a fault awake; the cells of the table where it disagrees.
fn judge(
    folder: &Path,
    fault: &str,
    count: &str,
) -> Result<Option<String>, Box<dyn std::error::Error>> {
    let output = process::cargo()
        .current_dir(folder)
        .args([
            "test",
            "--release",
            "-q",
            "-p",
            "aura-dsl",
            "--no-default-features",
            "--test",
            "judge",
            "--",
        ])
        .args(["random", "--nocapture"])
        .env("CARGO_TARGET_DIR", folder.join("target"))
        .env("AURA_PLANTED", fault)
        .env("AURA_JUDGE_COUNT", count)
        .env("AURA_JUDGE_STOP", "1")
        .stderr(std::process::Stdio::inherit())
        .output()?;
    let text = String::from_utf8_lossy(&output.stdout);
    let found = text.lines().find_map(|line| line.strip_prefix("FOUND | "));
    if found.is_none() && !output.status.success() {
        return Err(format!("the judge did not run with `{fault}`:\n{text}").into());
    }
    Ok(found.map(str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_breaks_a_text_that_stands_in_the_compiler() {
        fault::assert_all_stand(&process::root().join("aura-dsl/src"), FAULTS);
    }
}
