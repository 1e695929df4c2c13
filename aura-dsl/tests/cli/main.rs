//! The command line as its users meet it: files and pipes, exit codes, and input that means harm.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "edge: a test that runs the binary on files"
)]

mod generate;
mod hostile;
mod imports;
mod manual;
mod sizes;

use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const GOOD: &str = "#[namespace = \"t\"]\n\nprotocol Good {\n    roles: A, B;\n\n    \
    A[guard_capability = \"send\"] -> B: M;\n}\n";
const STUCK: &str = "#[namespace = \"t\"]\nprotocol Stuck {\n    roles: A, B, C;\n\n    \
    choice A {\n        x: {\n            A[guard_capability = \"send\"] -> B: M;\n            \
    B[guard_capability = \"send\"] -> C: T;\n        }\n        y: {\n            \
    A[guard_capability = \"send\"] -> B: M;\n        }\n    }\n}\n";

/// What a run left behind.
struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Ran {
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap()
    }
}

struct Folder(TempDir);

impl Folder {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = Self(tempfile::tempdir().unwrap());
        for (path, text) in files {
            folder.write(path, text);
        }
        folder
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    fn run(&self, args: &[&str]) -> Ran {
        self.run_with(args, "", &[])
    }

    fn run_with(&self, args: &[&str], input: &str, env: &[(&str, &str)]) -> Ran {
        let mut child = Command::new(env!("CARGO_BIN_EXE_aura-dsl"))
            .args(args)
            .env_remove("NO_COLOR")
            .envs(env.iter().copied())
            .current_dir(self.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        let input = input.to_owned();
        let writer = std::thread::spawn(move || {
            // A program that does not read its input is no mistake of the test.
            let _ = stdin.write_all(input.as_bytes());
        });
        let output = child.wait_with_output().unwrap();
        writer.join().unwrap();
        Ran {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

#[test]
fn exit_codes_tell_what_was_found() {
    let folder = Folder::new(&[
        ("good.aura", GOOD),
        ("stuck.aura", STUCK),
        ("bad.aura", "x"),
    ]);
    folder.write(
        "warned.aura",
        GOOD.replace("[guard_capability = \"send\"]", ""),
    );
    assert_eq!(folder.run(&["check", "good.aura"]).code, 0);
    assert_eq!(folder.run(&["check", "stuck.aura"]).code, 1);
    assert_eq!(folder.run(&["check", "bad.aura"]).code, 1);
    assert_eq!(folder.run(&["check", "missing.aura"]).code, 1);
    assert_eq!(folder.run(&["check", "warned.aura"]).code, 0);
    assert_eq!(
        folder
            .run(&["check", "--deny", "warnings", "warned.aura"])
            .code,
        1
    );
    assert_eq!(
        folder
            .run(&["check", "--deny", "warnings", "good.aura"])
            .code,
        0
    );
    assert_eq!(folder.run(&["check"]).code, 2);
    assert_eq!(folder.run(&["chekc", "good.aura"]).code, 2);
    assert_eq!(folder.run(&["project", "--role", "Z", "good.aura"]).code, 2);
    assert_eq!(folder.run(&["audit", "--sizes", "m", "good.aura"]).code, 2);
    assert_eq!(
        folder.run(&["audit", "--sizes", "m=5", "good.aura"]).code,
        2
    );
    assert_eq!(folder.run(&["explain", "E9999"]).code, 2);
}

#[test]
fn results_and_diagnostics_are_apart() {
    let folder = Folder::new(&[("stuck.aura", STUCK)]);
    let ran = folder.run(&["check", "stuck.aura"]);
    assert!(ran.out.starts_with("Stuck: "), "{}", ran.out);
    assert!(ran.err.starts_with("error[E050"), "{}", ran.err);
    let ran = folder.run(&["check", "--format", "json", "stuck.aura"]);
    assert_eq!(ran.err, "");
    assert_eq!(ran.json()["diagnostics"][0]["severity"], "error");
    let protocol = &ran.json()["files"][0]["protocols"][0];
    assert_eq!(protocol["name"], "Stuck");
    assert!(protocol["counterexample"]["runs"][0]["events"].is_array());
}

#[test]
fn folders_are_searched_in_order_and_go_on_behind_errors() {
    let folder = Folder::new(&[
        ("p/b.aura", GOOD),
        ("p/a.aura", "protocol Broken {"),
        ("p/sub/c.aura", STUCK),
        ("p/.hidden/d.aura", "x"),
        ("p/other.txt", "x"),
    ]);
    let ran = folder.run(&["check", "--format", "json", "p"]);
    let value = ran.json();
    let files = value["files"].as_array().unwrap();
    let paths: Vec<_> = files
        .iter()
        .map(|file| file["path"].as_str().unwrap())
        .collect();
    assert_eq!(paths, ["p/a.aura", "p/b.aura", "p/sub/c.aura"]);
    assert_eq!(files[0]["protocols"][0]["name"], "Broken");
    assert_eq!(files[0]["protocols"][0]["verdict"], "error");
    assert_eq!(files[1]["protocols"][0]["verdict"], "implementable");
    assert_eq!(ran.code, 1);
    let empty = Folder::new(&[("p/other.txt", "x")]);
    assert_eq!(empty.run(&["check", "p"]).code, 1);
}

#[test]
fn standard_input_is_a_file() {
    let folder = Folder::new(&[]);
    let ran = folder.run_with(&["check", "-"], GOOD, &[]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.contains("<stdin>:3"), "{}", ran.out);
    let ran = folder.run_with(&["fmt", "-"], &GOOD.replace("    ", " "), &[]);
    assert_eq!(ran.out, GOOD);
    let ran = folder.run_with(&["check", "-"], "protocol", &[]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("<stdin>:1"), "{}", ran.err);
}

#[test]
fn colours_are_by_choice() {
    let folder = Folder::new(&[("bad.aura", "x")]);
    let colored = |args: &[&str], env: &[(&str, &str)]| {
        let all = [args, &["check", "bad.aura"]].concat();
        folder.run_with(&all, "", env).err.contains('\u{1b}')
    };
    assert!(!colored(&[], &[]), "standard error is no terminal");
    assert!(colored(&["--color", "always"], &[]));
    assert!(colored(&["--color", "always"], &[("NO_COLOR", "1")]));
    assert!(!colored(&["--color", "never"], &[]));
}

#[test]
fn fmt_writes_in_place_and_checks() {
    let wild = GOOD.replace("    A", "  A").replace(" -> ", "->");
    let folder = Folder::new(&[("a.aura", &wild), ("b.aura", GOOD)]);
    let ran = folder.run(&["fmt", "--check", "."]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out.contains("a.aura") && ran.out.contains("\n+    A"),
        "{}",
        ran.out
    );
    assert!(!ran.out.contains("b.aura"));
    assert_eq!(folder.read("a.aura"), wild);
    assert_eq!(folder.run(&["fmt", "."]).code, 0);
    assert_eq!(folder.read("a.aura"), GOOD);
    assert_eq!(folder.run(&["fmt", "--check", "."]).code, 0);
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        2,
        "nothing is left behind"
    );
}

#[test]
fn fmt_leaves_broken_texts_alone() {
    let folder = Folder::new(&[
        ("a.aura", "protocol {"),
        ("b.aura", &GOOD.replace("    ", " ")),
    ]);
    assert_eq!(folder.run(&["fmt", "."]).code, 1);
    assert_eq!(folder.read("a.aura"), "protocol {");
    assert_eq!(folder.read("b.aura"), GOOD);
}

#[test]
fn an_audit_is_accepted_and_compared() {
    let folder = Folder::new(&[("p/good.aura", GOOD)]);
    let ran = folder.run(&["audit", "--check", "p"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("--write"), "{}", ran.err);
    assert_eq!(folder.run(&["audit", "--write", "p"]).code, 0);
    assert_eq!(folder.run(&["audit", "--check", "p"]).code, 0);
    assert_eq!(
        folder.read("p/audit.txt"),
        folder.run(&["audit", "p/good.aura"]).out
    );
    folder.write(
        "p/good.aura",
        GOOD.replace("\"send\"", "\"send\", flow_cost = 7"),
    );
    let ran = folder.run(&["audit", "--check", "p"]);
    assert_eq!(ran.code, 1);
    assert!(
        ran.out
            .lines()
            .any(|line| line.starts_with('-') && line.contains("100"))
    );
    assert!(
        ran.out
            .lines()
            .any(|line| line.starts_with('+') && line.contains('7'))
    );
}

#[test]
fn sizes_are_filled_in_and_judged() {
    let text = "#[namespace = \"t\"]\nprotocol Sized {\n    roles: A, Q[m];\n\n    A -> Q[*]: M;\n    \
        Q[any t] -> A: N;\n}\n";
    let folder = Folder::new(&[("sized.aura", text)]);
    let ran = folder.run(&["audit", "--sizes", "m=5,t=3", "sized.aura"]);
    assert!(ran.out.contains("300 needed, 500 at most"), "{}", ran.out);
    assert_eq!(
        folder
            .run(&["audit", "--sizes", "m=5,t=6", "sized.aura"])
            .code,
        2
    );
    assert_eq!(
        folder.run(&["audit", "--sizes", "m=0", "sized.aura"]).code,
        2
    );
}

#[test]
fn other_notations_are_read_and_translated() {
    let text = "module M;\nglobal protocol P(role A, role B) {\n    M1(int) from A to B;\n}\n";
    let folder = Folder::new(&[("p.nuscr", text), ("p.scr", text)]);
    assert_eq!(folder.run(&["check", "."]).code, 0);
    let ran = folder.run(&["import", "p.nuscr"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let again = folder.run_with(&["check", "-"], &ran.out, &[]);
    assert_eq!(again.code, 0, "{}\n{}", ran.out, again.err);
}

#[test]
#[cfg(unix)]
fn a_reader_that_goes_away_ends_the_program_quietly() {
    let folder = Folder::new(&[("good.aura", GOOD)]);
    let paths = vec!["good.aura"; 2_000].join(" ");
    let binary = env!("CARGO_BIN_EXE_aura-dsl");
    let script = format!("{binary} explain | head -1; {binary} check {paths} | head -1");
    let output = Command::new("sh")
        .args(["-c", &script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap().lines().count(), 2);
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(
        !err.contains("panicked") && !err.contains("Broken pipe"),
        "{err}"
    );
}
