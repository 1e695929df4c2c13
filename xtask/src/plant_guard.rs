//! `cargo xtask plant-guard`: whether a test would notice if a guard were missing.
//!
//! A copy of the workspace is built once with every fault of [`faults`] in it, each asleep behind a
//! name; then the runtime's tests run once for each name, and the first that fails is printed. A
//! fault whose text no longer stands in the source is an error: it must move with the code that it
//! breaks. A test that hangs has found its fault, too.

mod ledger;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::fault::{self, Fault, copy};
use crate::{Outcome, process};

const FAULTS: &[Fault] = &[
    Fault {
        name: "no capability guard",
        file: "guard.rs",
        from: "    capability::allow(books, demand)?;",
        to: "    if !PLANTED { capability::allow(books, demand)?; }",
    },
    Fault {
        name: "no flow guard",
        file: "guard.rs",
        from: "    flow::allow(books, demand)?;",
        to: "    if !PLANTED { flow::allow(books, demand)?; }",
    },
    Fault {
        name: "no leakage guard",
        file: "guard.rs",
        from: "    leakage::allow(books, demand)\n",
        to: "    if PLANTED { return Ok(()); }\n    leakage::allow(books, demand)\n",
    },
    Fault {
        name: "no journal coupling",
        file: "guard/journal.rs",
        from: "    if demand.abstains ||",
        to: "    if PLANTED || demand.abstains ||",
    },
    Fault {
        name: "no capability guard on the shortcut",
        file: "guard.rs",
        from: "    capability::holds(context, toll) &&",
        to: "    (PLANTED || capability::holds(context, toll)) &&",
    },
    Fault {
        name: "no flow guard on the shortcut",
        file: "guard.rs",
        from: "&& flow::covers(headroom, toll) &&",
        to: "&& (PLANTED || flow::covers(headroom, toll)) &&",
    },
    Fault {
        name: "no leakage guard on the shortcut",
        file: "guard.rs",
        from: "&& leakage::fits(context, toll)",
        to: "&& (PLANTED || leakage::fits(context, toll))",
    },
    Fault {
        name: "a shortcut across what is owed",
        file: "session/near.rs",
        from: "            Some(spot) if !self.walk.owes() =>",
        to: "            Some(spot) if !self.walk.owes() || PLANTED =>",
    },
    Fault {
        name: "a shortcut past a step's end",
        file: "session/shortcut.rs",
        from: "        shortcut.filter(|_| u32::from(at) < spot.count)",
        to: "        shortcut.filter(|_| PLANTED || u32::from(at) < spot.count)",
    },
    Fault {
        name: "the member of a shortcut is looked up once",
        file: "session/shortcut.rs",
        from: "                        Reach::Index(_) => Shortcut::Indexed,",
        to: "                        Reach::Index(_) if PLANTED => one(walk, desk, row, edge),\n                        Reach::Index(_) => Shortcut::Indexed,",
    },
    Fault {
        name: "no permit on the line",
        file: "session/line.rs",
        from: "length.clamp(1, self.bytes))",
        to: "if PLANTED { 0 } else { length.clamp(1, self.bytes) })",
    },
    Fault {
        name: "no window within a process",
        file: "session/credit.rs",
        from: "        if open >= self.window {",
        to: "        if open >= self.window && !PLANTED {",
    },
    Fault {
        name: "no window",
        file: "endpoint/channel.rs",
        from: "        let window = self.agreed(own);\n        self.outbox.len()",
        to: "        let window = self.agreed(own);\n        PLANTED || self.outbox.len()",
    },
    Fault {
        name: "a frame leaves before the commit is acknowledged",
        file: "endpoint/channel.rs",
        from: "            .is_some_and(|frame| frame.proof.is_some())\n        {",
        to: "            .is_some_and(|frame| PLANTED || frame.proof.is_some())\n        {",
    },
    Fault {
        name: "a parcel is opened before the commit is acknowledged",
        file: "session/seal.rs",
        from: "        self.verdict\n            .poll(context)",
        to: "        if PLANTED {\n            return Poll::Ready(self.take());\n        }\n        self.verdict\n            .poll(context)",
    },
    Fault {
        name: "no look at the sequence",
        file: "endpoint/channel.rs",
        from: "        if found != expected {",
        to: "        if found != expected && !PLANTED {",
    },
    Fault {
        name: "repeat nothing after a break",
        file: "endpoint/channel.rs",
        from: "        self.repeat = missing.min(self.unacked.len());",
        to: "        self.repeat = if PLANTED { 0 } else { missing.min(self.unacked.len()) };",
    },
    Fault {
        name: "repeat too much after a break",
        file: "endpoint/channel.rs",
        from: "        if self.leaving == Leaving::Said && !closed {",
        to: "        if PLANTED { self.repeat = self.unacked.len(); }\n        if self.leaving == Leaving::Said && !closed {",
    },
    Fault {
        name: "no look at who is on the connection",
        file: "node/admit.rs",
        from: "        if theirs.authority != from.peer ||",
        to: "        if (theirs.authority != from.peer && !PLANTED) ||",
    },
    Fault {
        name: "no look at the roster's date",
        file: "node/admit.rs",
        from: "        if now.abs_diff(issued) > fresh {",
        to: "        if now.abs_diff(issued) > fresh && !PLANTED {",
    },
    Fault {
        name: "a hello is forgotten",
        file: "node/admit.rs",
        from: "        self.until.insert(hello, until);",
        to: "        if !PLANTED { self.until.insert(hello, until); }",
    },
    Fault {
        name: "no look at a greeting's name",
        file: "node/link/resume.rs",
        from: "        if known != Some(greeting.me) || greeting.you != Some(self.me) {",
        to: "        if (known != Some(greeting.me) || greeting.you != Some(self.me)) && !PLANTED {",
    },
    Fault {
        name: "a permit that is given back wakes nobody",
        file: "session/credit.rs",
        from: "            self.given.store(received, Ordering::Release);\n            self.waiting.wake();",
        to: "            self.given.store(received, Ordering::Release);\n            if !PLANTED { self.waiting.wake(); }",
    },
    Fault {
        name: "no second look for a permit",
        file: "session/credit.rs",
        from: "        let taken = self.try_take();\n        if taken.is_some() {",
        to: "        let taken = if PLANTED { None } else { self.try_take() };\n        if taken.is_some() {",
    },
    Fault {
        name: "a verdict is told to one alone",
        file: "session/verdict.rs",
        from: "        waiting.into_iter().for_each(Waker::wake);",
        to: "        waiting.into_iter().take(if PLANTED { 1 } else { usize::MAX }).for_each(Waker::wake);",
    },
    Fault {
        name: "a session rings and nobody is woken",
        file: "session/line.rs",
        from: "            self.line.lock().routes.push_back(self.route);\n            self.line.ready.notify_one();",
        to: "            self.line.lock().routes.push_back(self.route);\n            if !PLANTED { self.line.ready.notify_one(); }",
    },
];

/// The faults of the chain, and those of the ledger below it.
fn faults() -> Vec<Fault> {
    FAULTS.iter().chain(ledger::FAULTS).copied().collect()
}

/// What is copied of the workspace.
const PARTS: &[&str] = &[
    "aura-dsl/src",
    "aura-macros/src",
    "aura-runtime",
    "examples",
    "protocols",
    "tests",
    "xtask/src",
];

const MANIFESTS: &[&str] = &[
    "Cargo.toml",
    "Cargo.lock",
    "rust-toolchain.toml",
    "aura-dsl/Cargo.toml",
    "aura-macros/Cargo.toml",
    "xtask/Cargo.toml",
];

/// The tests that ought to notice, quickest first.
const TESTS: &[&[&str]] = &[
    &[
        "-p",
        "aura-runtime",
        "--lib",
        "--test",
        "one_process",
        "--test",
        "two_nodes",
        "--test",
        "devices",
        "--test",
        "epochs",
        "--test",
        "receipts",
        "--test",
        "models",
    ],
    &[
        "-p",
        "aura",
        "--test",
        "handshake",
        "--test",
        "contexts",
        "--test",
        "limits",
        "--test",
        "reconnect",
        "--test",
        "races",
        "--test",
        "relay",
        "--test",
        "forms",
    ],
];

/// Of some programs only the tests whose names hold one of these: the others have nothing to do with
/// guards, and take long.
const CHOSEN: &[(&str, &[&str])] = &[(
    "forms",
    &["forms::rounds", "forms::timeouts", "forms::receipts"],
)];

/// How long one test program may take.
const PATIENCE: Duration = Duration::from_secs(90);

/// Plants every fault, or those whose names are given, and prints which test finds it.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    let folder = process::root().join("target/plant-guard");
    plant(&folder)?;
    let programs = build(&folder)?;
    if let Some(found) = first_red(&programs, "")? {
        return Err(format!("without a fault a test fails already: {found}").into());
    }
    println!("| fault | found by |\n|---|---|");
    let mut missed = Vec::new();
    for fault in &faults() {
        if !arguments.is_empty() && !arguments.iter().any(|name| name == fault.name) {
            continue;
        }
        match first_red(&programs, fault.name)? {
            Some(found) => println!("| {} | {found} |", fault.name),
            None => missed.push(fault.name),
        }
    }
    if missed.is_empty() {
        Ok(())
    } else {
        Err(format!("no test notices: {}", missed.join(", ")).into())
    }
}

/// Copies the workspace with all faults in it.
fn plant(folder: &Path) -> Outcome {
    let root = process::root();
    for part in PARTS {
        let target = folder.join(part);
        if target.exists() {
            fs::remove_dir_all(&target)?;
        }
        copy(&root.join(part), &target)?;
    }
    for manifest in MANIFESTS {
        fs::copy(root.join(manifest), folder.join(manifest))?;
    }
    fault::plant(&folder.join("aura-runtime/src"), &faults())?;
    // The models compile some of the files a second time.
    fault::add_switch(&folder.join("aura-runtime/tests/models.rs"))
}

/// Builds the tests; their programs, and the folders that they run in.
fn build(folder: &Path) -> Result<Vec<(PathBuf, PathBuf)>, Box<dyn std::error::Error>> {
    let mut programs = Vec::new();
    for tests in TESTS {
        let output = process::cargo()
            .current_dir(folder)
            // Shared with the workspace itself, the two would take each other's builds for theirs.
            .env("CARGO_TARGET_DIR", folder.join("target"))
            .args(["test", "--no-run", "--quiet", "--message-format", "json"])
            .args(*tests)
            .stderr(Stdio::inherit())
            .output()?;
        if !output.status.success() {
            return Err("the tests do not build with the faults in them".into());
        }
        let text = String::from_utf8_lossy(&output.stdout);
        let built = text.lines().filter(|line| line.contains("\"test\":true}"));
        for line in built {
            let path = line
                .split_once("\"executable\":\"")
                .and_then(|(_, rest)| rest.split_once('"'));
            if let Some((path, _)) = path {
                let runs_in = if tests.contains(&"aura-runtime") {
                    "aura-runtime"
                } else {
                    ""
                };
                programs.push((PathBuf::from(path), folder.join(runs_in)));
            }
        }
    }
    if programs.len() < 5 {
        return Err(format!("only {} test programs were built", programs.len()).into());
    }
    Ok(programs)
}

/// The first test that fails with a fault awake.
fn first_red(
    programs: &[(PathBuf, PathBuf)],
    fault: &str,
) -> Result<Option<String>, Box<dyn std::error::Error>> {
    for (program, folder) in programs {
        let name = program.file_name().unwrap_or_default().to_string_lossy();
        let suite = name.rsplit_once('-').map_or(&*name, |(suite, _)| suite);
        let chosen = CHOSEN.iter().find(|(of, _)| *of == suite);
        let mut child = Command::new(program)
            .args(chosen.map_or(&[][..], |(_, names)| names))
            .current_dir(folder)
            .env("AURA_PLANTED", fault)
            .env("AURA_FRAMES", "2000")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let mut output = child.stdout.take().ok_or("no output")?;
        let reading = std::thread::spawn(move || {
            let mut text = String::new();
            // What is not text is not a test's name.
            let _ = output.read_to_string(&mut text);
            text
        });
        let began = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait()? {
                break Some(status);
            }
            if began.elapsed() > PATIENCE {
                child.kill()?;
                child.wait()?;
                break None;
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        let text = reading.join().unwrap_or_default();
        let failed = text.lines().find_map(|line| {
            let line = line.strip_prefix("test ")?;
            line.strip_suffix(" ... FAILED")
        });
        match (failed, status) {
            (Some(found), _) => return Ok(Some(format!("`{suite}`: `{found}`"))),
            (None, None) => return Ok(Some(format!("`{suite}` hangs"))),
            (None, Some(status)) if !status.success() => {
                return Ok(Some(format!("`{suite}` ends with {status}")));
            }
            (None, Some(_)) => {}
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fault_breaks_a_text_that_stands_in_the_runtime() {
        fault::assert_all_stand(&process::root().join("aura-runtime/src"), &faults());
    }
}
