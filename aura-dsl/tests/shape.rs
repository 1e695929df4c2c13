//! From a text to its findings: parsing, resolving and checking in a row.

#![allow(
    clippy::disallowed_methods,
    reason = "edge: the test reads the repository's protocols"
)]

use std::fmt::Write as _;

use aura_dsl::check::Checked;
use aura_dsl::diag::{Code, Report, codes};
use aura_dsl::source::{LoadError, Loaded, Loader, Sources};
use aura_dsl::{check, parse, resolve};

/// Files in memory; the name is path and key, and what climbs is outside.
struct Files<'a>(&'a [(&'a str, &'a str)]);

impl Loader for Files<'_> {
    fn load(&self, _importer: &str, path: &str) -> Result<Loaded, LoadError> {
        if path.starts_with("..") || path.starts_with('/') {
            return Err(LoadError::Outside);
        }
        let (name, text) = self
            .0
            .iter()
            .find(|(name, _)| *name == path)
            .ok_or(LoadError::Missing)?;
        Ok(Loaded {
            path: (*name).to_owned(),
            key: (*name).to_owned(),
            text: (*text).to_owned(),
        })
    }
}

fn compile(files: &[(&str, &str)], sources: &mut Sources) -> Result<Checked, Report> {
    let (name, text) = files[0];
    let id = sources.add(name, text);
    let file = parse::parse(id, text)?;
    let program = resolve::resolve(&file, sources, name, &Files(files))?;
    check::check(program)
}

/// One line a finding: `E0201 a.aura:3:5 what is wrong`.
fn findings(files: &[(&str, &str)]) -> String {
    let mut sources = Sources::default();
    let report = match compile(files, &mut sources) {
        Ok(checked) => checked.warnings().clone(),
        Err(report) => report,
    };
    let mut out = String::new();
    for diagnostic in report.iter() {
        let start = sources.start(diagnostic.span);
        let path = &sources.file(diagnostic.span.file).path;
        let (line, column) = (start.line, start.column);
        let token = sources.text(diagnostic.span);
        let token = token.lines().next().unwrap_or_default();
        let _ = writeln!(
            out,
            "{} {path}:{line}:{column} `{token}` {}",
            diagnostic.code, diagnostic.message
        );
    }
    out
}

#[test]
fn protocols_of_the_repository_have_no_findings() {
    for name in [
        "request_response",
        "search",
        "snapshot_gc",
        "rendezvous",
        "cv_sync",
        "consensus",
        "guardian_recovery",
    ] {
        let path = format!(
            "{}/../protocols/{name}/{name}.aura",
            env!("CARGO_MANIFEST_DIR")
        );
        let text = std::fs::read_to_string(&path).expect("the protocol exists");
        assert_eq!(findings(&[("root.aura", &text)]), "", "{name}");
    }
}

/// The examples of an explain page: the wrong one, the repaired one.
fn examples(page: &str) -> Vec<&str> {
    let blocks = page.split("```aura\n").skip(1);
    blocks.filter_map(|rest| rest.split("```").next()).collect()
}

#[test]
fn pages_show_a_protocol_that_breaks_the_rule_and_one_that_does_not() {
    let ours = |code: &&Code| {
        let name = code.name();
        matches!(&name[..3], "E02" | "E03" | "E04") || ("W0902"..="W0907").contains(&name)
    };
    for code in codes::ALL.iter().filter(ours) {
        let code = code.name();
        let page = Code::find(code).expect("it is in the table").page();
        let [wrong, repaired] = *examples(page) else {
            panic!("{code}: a page has two examples");
        };
        let judge = |example: &str| {
            let header = if example.starts_with("#[") {
                ""
            } else {
                "#[namespace = \"page\"]\n"
            };
            findings(&[
                ("import-circle.aura", &format!("{header}{example}")),
                ("types.aura", "type Hash = [u8; 32];"),
            ])
        };
        let found = judge(wrong);
        let errors: Vec<&str> = found.lines().filter(|line| line.starts_with('E')).collect();
        assert!(found.contains(code), "{code} wrong: {found}");
        assert!(
            errors.iter().all(|error| error.starts_with(code)),
            "{code} wrong: {found}"
        );
        let found = judge(repaired);
        assert!(!found.contains(code), "{code} repaired: {found}");
        assert!(
            !found.lines().any(|line| line.starts_with('E')),
            "{code} repaired: {found}"
        );
    }
}
