//! Completions, manual pages and help: every command has its part in each, and says what it does.

use std::path::Path;
use std::process::{Command, Stdio};

use super::Folder;

/// Every command of the program, as `--help` lists them.
fn commands(folder: &Folder) -> Vec<String> {
    let help = folder.run(&["--help"]).out;
    let list = help.split("Commands:\n").nth(1).unwrap();
    let lines = list.lines().take_while(|line| !line.is_empty());
    let names = lines.filter_map(|line| line.split_whitespace().next());
    let names: Vec<_> = names.map(str::to_owned).collect();
    assert!(names.len() > 8, "{names:?}");
    names.into_iter().filter(|name| name != "help").collect()
}

#[test]
fn every_command_teaches_by_examples() {
    let folder = Folder::new(&[]);
    for command in commands(&folder) {
        let help = folder.run(&[&command, "--help"]).out;
        let example = format!("\n  aura-dsl {command}");
        assert!(help.contains("Examples:"), "{command} has no examples");
        let (about, _) = help.split_once("Usage:").unwrap();
        let summary = folder.run(&[&command, "-h"]).out;
        let short = summary.lines().next().unwrap();
        let more = about.trim().strip_prefix(short).unwrap();
        let known = ["explain"].contains(&command.as_str());
        assert!(
            known || more.len() > 20,
            "{command} says no more than its summary"
        );
        assert!(help.contains(&example), "{command} is in none of its own");
    }
}

#[test]
fn completions_know_every_command() {
    let folder = Folder::new(&[]);
    for shell in ["bash", "elvish", "fish", "powershell", "zsh"] {
        let ran = folder.run(&["completions", shell]);
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{shell}");
        for command in commands(&folder) {
            assert!(ran.out.contains(&command), "{shell} misses {command}");
        }
        assert!(ran.out.contains("sizes"), "{shell} misses an option");
    }
    let unknown = folder.run(&["completions", "rc"]);
    assert_eq!(unknown.code, 2);
    assert!(
        unknown.err.contains("possible values: bash"),
        "{}",
        unknown.err
    );
}

#[test]
fn bash_completes_with_the_script() {
    let folder = Folder::new(&[]);
    let script = folder.run(&["completions", "bash"]).out;
    let ask = "COMP_WORDS=(aura-dsl pro); COMP_CWORD=1; _aura__dsl aura-dsl pro aura-dsl; \
               echo \"${COMPREPLY[@]}\"";
    let bash = Command::new("bash")
        .args(["--norc", "-c", &format!("{script}\n{ask}")])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&bash.stdout).trim(), "project");
    assert_eq!(String::from_utf8_lossy(&bash.stderr), "");
}

#[test]
fn manual_pages_are_printed_and_written() {
    let folder = Folder::new(&[]);
    let page = folder.run(&["man"]);
    assert_eq!((page.code, page.err.as_str()), (0, ""));
    assert!(page.out.contains(".TH aura-dsl 1"), "{}", page.out);
    assert!(page.out.contains(".SH EXIT STATUS\n"), "{}", page.out);
    let one = folder.run(&["man", "project"]).out;
    assert!(one.contains(".TH aura-dsl-project 1"), "{one}");
    assert_eq!(folder.run(&["man", "--dir", "deep/man1"]).code, 0);
    for command in commands(&folder) {
        let path = folder
            .path()
            .join(format!("deep/man1/aura-dsl-{command}.1"));
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.contains(".SH EXAMPLES\n"), "{}", path.display());
    }
    assert!(folder.path().join("deep/man1/aura-dsl.1").is_file());
    assert!(!folder.path().join("deep/man1/aura-dsl-help.1").exists());
}

#[test]
fn what_has_no_page_and_what_cannot_be_written_is_said() {
    let folder = Folder::new(&[("file", "")]);
    let unknown = folder.run(&["man", "bake"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("no command `bake`"), "{}", unknown.err);
    let blocked = folder.run(&["man", "--dir", "file/man1"]);
    assert_eq!(blocked.code, 1);
    assert!(blocked.err.contains("cannot write"), "{}", blocked.err);
    assert!(Path::new(folder.path()).join("file").is_file());
}

#[test]
fn colours_are_for_terminals_and_for_who_asks() {
    let stuck = ("stuck.aura", super::STUCK);
    let folder = Folder::new(&[stuck]);
    let coloured = |args: &[&str], env: &[(&str, &str)]| {
        let ran = folder.run_with(args, "", env);
        ran.out.contains('\u{1b}') || ran.err.contains('\u{1b}')
    };
    let check = ["check", "stuck.aura"];
    let always = ["--color", "always", "check", "stuck.aura"];
    assert!(!coloured(&check, &[]), "a pipe has no colours");
    assert!(coloured(&always, &[]));
    // What is asked for on the command line is nearer than the environment.
    assert!(coloured(&always, &[("NO_COLOR", "1")]));
    assert!(!coloured(&["--help"], &[("NO_COLOR", "1")]));
}
