//! `aura-dsl import`: other notations to `.aura`.

use std::path::Path;

use aura_dsl::compile::deep;
use aura_dsl::diag::render::render;
use aura_dsl::import::scribble;
use aura_dsl::print::print;
use aura_dsl::source::Sources;

use crate::arguments::ImportArgs;
use crate::files::Input;
use crate::terminal::{Outcome, Terminal};

pub(crate) fn run(args: &ImportArgs, terminal: &mut Terminal) -> Outcome {
    let input = if args.path == Path::new("-") {
        Input::Standard
    } else {
        Input::File(args.path.clone())
    };
    let path = input.shown();
    let stem = args.path.file_stem().map(|stem| stem.to_string_lossy());
    let name = match (&input, stem) {
        (Input::File(_), Some(stem)) => stem.into_owned(),
        _ => "imported".into(),
    };
    let text = match input.read() {
        Ok(text) => text,
        Err(why) => {
            terminal.error(&format!("cannot read {path}: {why}"));
            return Outcome::Failed;
        }
    };
    let mut sources = Sources::default();
    let id = sources.add(path, text.as_str());
    let imported = deep(|| {
        scribble::import(id, &text, &name).map(|imported| {
            let imported = match &args.name {
                Some(name) => imported.named(name),
                None => imported,
            };
            (print(&imported.file), imported.warnings)
        })
    });
    match imported {
        Ok((text, warnings)) => {
            terminal.diagnostic(&render(&sources, &warnings, terminal.color()));
            terminal.result(&text);
            Outcome::Fine
        }
        Err(report) => {
            terminal.diagnostic(&render(&sources, &report, terminal.color()));
            Outcome::Failed
        }
    }
}
