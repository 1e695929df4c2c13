//! The guide says what is so: every text in it has the verdict that stands behind its fence, every
//! construct is in it, and what it shows of an audit is what the tool prints.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "edge: a test that reads the pages"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use aura_dsl::compile::{Compilation, compile};
use aura_dsl::diag::Severity;
use aura_dsl::parse::parse;
use aura_dsl::source::{FileId, NoImports};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn pages() -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let mut folders = vec![root().join("docs/guide/src")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let text = std::fs::read_to_string(&path).unwrap();
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                pages.push((name, text));
            }
        }
    }
    pages.sort();
    pages
}

/// Fenced blocks: what stands behind the fence, and the text.
fn blocks(page: &str) -> Vec<(&str, &str)> {
    let parts = page.split("\n```").skip(1).step_by(2);
    parts.filter_map(|part| part.split_once('\n')).collect()
}

fn compiled(text: &str) -> Compilation {
    let whole = if text.contains("#[namespace") {
        text.to_owned()
    } else {
        format!("#[namespace = \"guide\"]\n\n{text}")
    };
    compile("guide.aura", "guide.aura", &whole, &NoImports)
}

/// The verdict of the first protocol, or the codes of the errors.
fn found(text: &str) -> String {
    let compilation = compiled(text);
    let errors = compilation.report.iter();
    let mut codes: Vec<_> = errors
        .filter(|found| found.code.severity() == Severity::Error)
        .map(|found| found.code.name())
        .collect();
    codes.dedup();
    match compilation.protocols.first() {
        Some(Some(compiled)) => compiled.decision.verdict.name().to_owned(),
        _ => codes.join(","),
    }
}

#[test]
fn every_text_has_the_verdict_behind_its_fence() {
    let mut seen = 0;
    let mut wrong = Vec::new();
    for (page, text) in pages() {
        for (fence, block) in blocks(&text) {
            // Behind the verdict a fence may name the file that the text is for commands.
            let words: Vec<&str> = fence.split(',').collect();
            match words[..] {
                // Imports are read where the commands are run.
                [_, _, file] if block.contains("\nimport ") => {
                    assert!(read_by_a_command(&text, file), "{page}: {file}");
                }
                ["aura" | "nuscr", "no-protocol", _] => {}
                ["nuscr", _, file] => {
                    assert!(read_by_a_command(&text, file), "{page}: {file}");
                }
                ["aura", expected, ..] => {
                    let found = found(block);
                    if found != expected {
                        wrong.push(format!("{page}: {expected} is {found}\n{block}"));
                    }
                    seen += 1;
                }
                ["aura"] => {
                    assert_eq!(page, "syntax.md", "a block without its verdict");
                    assert!(parse(FileId(0), block).is_ok(), "{page}\n{block}");
                }
                _ => assert_ne!(fence, "", "{page}: a fence without a word"),
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen >= 30, "{seen} texts");
}

#[test]
fn every_construct_has_an_example_that_compiles() {
    let pages = pages();
    let right: String = pages
        .iter()
        .flat_map(|(_, text)| blocks(text))
        .filter(|(fence, _)| fence.starts_with("aura,implementable"))
        .map(|(_, block)| block)
        .collect();
    for word in [
        "#[namespace",
        "#[version",
        "#[default_flow_cost",
        "use crate::",
        "type ",
        "message ",
        "capability ",
        "roles:",
        "[m]",
        "[3]",
        "S[*]",
        "[*] ->",
        "-> Q[*]",
        "[any t] ->",
        "Q[i]",
        "R[0]",
        "[1..3]",
        "S[*] -> S[*]",
        "choice B",
        "choice Q[any t]",
        "when (",
        "loop (count",
        "loop (decides",
        "rec X",
        "continue X",
        "for i in Q",
        "par {",
        "timeout (",
        "else {",
        "local B:",
        "call ",
        " as From",
        "in relationship",
        "in group",
        "in derived",
        "bridge from",
        "guard_capability",
        "flow_cost",
        "journal_facts",
        "journal_merge",
        "leak =",
        "receipt = root",
        "receipt = Write",
        "audit_log",
        "(u64, String)",
        "<Vec<u8>>",
    ] {
        assert!(right.contains(word), "no example shows `{word}`");
    }
}

/// Whether a command of the page reads a file, so that what it says is compared.
fn read_by_a_command(page: &str, file: &str) -> bool {
    let commands = page
        .lines()
        .filter_map(|line| line.strip_prefix("$ aura-dsl check "));
    commands.into_iter().any(|path| path == file)
}

/// The files of a page are those that its fences name. A line `...` stands for any lines.
#[test]
fn commands_print_what_is_shown() {
    let mut ran = 0;
    for (page, text) in pages() {
        let folder = tempfile::tempdir().unwrap();
        for (fence, block) in blocks(&text) {
            if let [_, _, file] = fence.split(',').collect::<Vec<_>>()[..] {
                std::fs::write(folder.path().join(file), format!("{block}\n")).unwrap();
            }
        }
        let examples = folder.path().join("examples/scribble");
        std::fs::create_dir_all(&examples).unwrap();
        for file in SCRIBBLE {
            std::fs::copy(example(file), examples.join(file)).unwrap();
        }
        for (_, block) in blocks(&text)
            .into_iter()
            .filter(|(fence, _)| *fence == "console")
        {
            let (command, shown) = block.split_once('\n').unwrap();
            let args = command.strip_prefix("$ aura-dsl ");
            let args = args.unwrap_or_else(|| panic!("{page}: no command is `{command}`"));
            let out = Command::new(env!("CARGO_BIN_EXE_aura-dsl"))
                .args(args.split(' '))
                .current_dir(folder.path())
                .output()
                .unwrap();
            let out = String::from_utf8(out.stdout).unwrap();
            assert!(fits(shown, &out), "{page}: {command}\n{out}");
            ran += 1;
        }
    }
    assert!(ran >= 5, "{ran} commands");
}

/// A protocol of Scribble, and what `import` makes of it.
const SCRIBBLE: [&str; 2] = ["booking.scr", "booking.aura"];

fn example(file: &str) -> PathBuf {
    root().join("examples/scribble").join(file)
}

#[test]
fn the_example_of_scribble_is_what_import_writes() {
    let [scribble, aura] = SCRIBBLE.map(example);
    let run = |command: &str, path: &Path, more: &[&str]| {
        Command::new(env!("CARGO_BIN_EXE_aura-dsl"))
            .arg(command)
            .args(more)
            .arg(path)
            .output()
            .unwrap()
    };
    let imported = run("import", &scribble, &[]);
    let beside = std::fs::read_to_string(&aura).unwrap();
    assert_eq!(String::from_utf8(imported.stdout).unwrap(), beside);
    assert!(run("fmt", &aura, &["--check"]).status.success());
    // Both texts have the same verdicts.
    let verdicts = |path| {
        let checked = run("check", path, &["--format", "json"]).stdout;
        let checked: serde_json::Value = serde_json::from_slice(&checked).unwrap();
        let protocols = checked["files"][0]["protocols"].as_array().unwrap().clone();
        let verdict = |it: &serde_json::Value| (it["name"].clone(), it["verdict"].clone());
        protocols.iter().map(verdict).collect::<Vec<_>>()
    };
    assert_eq!(verdicts(&scribble), verdicts(&aura));
    assert_eq!(verdicts(&aura)[0].1, "implementable");
}

/// Whether the lines that are shown are those that are printed, but for what `...` leaves out.
fn fits(shown: &str, printed: &str) -> bool {
    let mut parts = shown.trim_end().split("...").map(str::trim);
    let mut printed = printed.trim();
    let first = parts.next().unwrap_or_default();
    let Some(rest) = printed.strip_prefix(first) else {
        return false;
    };
    printed = rest;
    let mut last = first;
    for part in parts {
        let Some(at) = printed.find(part) else {
            return false;
        };
        printed = &printed[at + part.len()..];
        last = part;
    }
    printed.is_empty() || (last.is_empty() && shown.contains("..."))
}

#[test]
fn what_is_shown_of_an_audit_is_printed() {
    let audit = std::fs::read_to_string(root().join("protocols/snapshot_gc/audit.txt")).unwrap();
    let printed: Vec<&str> = audit.lines().collect();
    let (_, page) = pages()
        .into_iter()
        .find(|(name, _)| name == "audit.md")
        .unwrap();
    let mut shown = 0;
    for (_, block) in blocks(&page)
        .into_iter()
        .filter(|(fence, _)| *fence == "text")
    {
        for line in block.lines() {
            assert!(printed.contains(&line), "the audit has no line `{line}`");
            shown += 1;
        }
    }
    assert!(shown > 12);
}

/// The book is built from its own folder: whatever lies outside of it is no page there.
#[test]
fn links_stay_in_the_book() {
    let mut folders = vec![root().join("docs/guide/src")];
    let mut followed = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for link in text.split("](").skip(1) {
                let link = link.split([')', '#']).next().unwrap();
                if link.is_empty() || link.starts_with("https://") {
                    continue;
                }
                let target = folder.join(link).canonicalize();
                let book = root().join("docs/guide/src").canonicalize().unwrap();
                assert!(
                    target.is_ok_and(|target| target.starts_with(book)),
                    "{}: {link}",
                    path.display()
                );
                followed += 1;
            }
        }
    }
    assert!(followed >= 18, "{followed} links");
}

#[test]
fn the_summary_lists_every_page() {
    let summary = std::fs::read_to_string(root().join("docs/guide/src/SUMMARY.md")).unwrap();
    for (page, _) in pages() {
        let listed = summary.contains(&format!("{page})")) || page == "SUMMARY.md";
        assert!(listed, "SUMMARY.md does not list {page}");
    }
}
