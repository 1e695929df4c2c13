//! From a text to its findings: parsing, resolving and checking in a row.

#![allow(
    clippy::disallowed_methods,
    reason = "edge: the test reads the repository's protocols"
)]

use std::fmt::Write as _;

use aura_dsl::check::Checked;
use aura_dsl::diag::Report;
use aura_dsl::source::{LoadError, Loaded, Loader, Sources};
use aura_dsl::{check, parse, resolve};

/// Files in memory; the name is path and key.
struct Files<'a>(&'a [(&'a str, &'a str)]);

impl Loader for Files<'_> {
    fn load(&self, _importer: &str, path: &str) -> Result<Loaded, LoadError> {
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
