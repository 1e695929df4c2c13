//! `aura-dsl fmt`: the canonical layout.

use std::fs;
use std::path::Path;

use aura_dsl::compile::deep;
use aura_dsl::diag::render::render;
use aura_dsl::parse::parse;
use aura_dsl::print::print;
use aura_dsl::source::Sources;

use crate::arguments::FmtArgs;
use crate::files::{self, Input};
use crate::terminal::{Outcome, Terminal};

pub(crate) fn run(args: &FmtArgs, terminal: &mut Terminal) -> Outcome {
    let mut outcome = Outcome::Fine;
    let inputs = files::inputs(&args.paths, &["aura"]);
    terminal.begin(inputs.len());
    for input in inputs {
        let done = input.and_then(|input| {
            terminal.next(&input.shown());
            one(&input, args.check, terminal)
        });
        outcome = outcome.max(done.unwrap_or_else(|why| {
            terminal.error(&why);
            Outcome::Failed
        }));
    }
    terminal.end();
    outcome
}

fn one(input: &Input, check: bool, terminal: &mut Terminal) -> Result<Outcome, String> {
    let path = input.shown();
    let text = input
        .read()
        .map_err(|why| format!("cannot read {path}: {why}"))?;
    let Some(formatted) = format(&path, &text, terminal) else {
        return Ok(Outcome::Failed);
    };
    match input {
        _ if check => {
            terminal.result(&super::difference(&path, &text, &formatted));
            Ok(Outcome::failed_if(text != formatted))
        }
        Input::Standard => {
            terminal.result(&formatted);
            Ok(Outcome::Fine)
        }
        Input::File(file) if text != formatted => {
            replace(file, &formatted).map_err(|why| format!("cannot write {path}: {why}"))?;
            Ok(Outcome::Fine)
        }
        Input::File(_) => Ok(Outcome::Fine),
    }
}

/// The canonical text, or nothing where there are errors, which are shown.
fn format(path: &str, text: &str, terminal: &mut Terminal) -> Option<String> {
    let mut sources = Sources::default();
    let id = sources.add(path, text);
    deep(|| parse(id, text).map(|file| print(&file)))
        .map_err(|report| terminal.diagnostic(&render(&sources, &report, terminal.color())))
        .ok()
}

/// Writes beside the file and then moves, so that no interruption leaves half a text.
pub(super) fn replace(file: &Path, text: &str) -> Result<(), String> {
    // A link stays a link: what it names is replaced.
    let file = fs::canonicalize(file).unwrap_or_else(|_| file.to_owned());
    let mut beside = file.clone().into_os_string();
    beside.push(format!(".{}.tmp", std::process::id()));
    let beside = Path::new(&beside);
    let permissions = fs::metadata(&file).map(|metadata| metadata.permissions());
    let written = fs::write(beside, text)
        .and_then(|()| permissions.map_or(Ok(()), |of| fs::set_permissions(beside, of)))
        .and_then(|()| fs::rename(beside, &file));
    written.map_err(|error| {
        // What is left of a failed attempt is of no use to anybody.
        let _ = fs::remove_file(beside);
        files::reason(&error)
    })
}
