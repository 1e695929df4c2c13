//! `aura-dsl generate`: a module or a crate of Rust.

use std::fs;
use std::path::{Component, Path, PathBuf};

use aura_dsl::compile::Compilation;
use aura_dsl::emit::package::{File, MARK, Parts, foreign, module, package};
use aura_dsl::emit::rust::Gap;

use super::fmt::replace;
use super::sizes::Sizes;
use super::{Diagnostics, difference, each};
use crate::arguments::{GenerateArgs, Inputs};
use crate::files::{Input, read, reason};
use crate::terminal::{Outcome, Terminal};

pub(crate) fn run(args: &GenerateArgs, terminal: &mut Terminal) -> Outcome {
    let inputs = Inputs {
        paths: vec![args.path.clone()],
        root: args.root.clone(),
        deny: args.deny,
    };
    if args.path.is_dir() {
        terminal.error("name one file: a crate holds the protocols of one text");
        return Outcome::Usage;
    }
    let shown = Diagnostics::Shown;
    each(
        &inputs,
        &mut Sizes::none(),
        shown,
        terminal,
        |input, compilation, terminal| {
            if compilation.report.has_errors() {
                return Outcome::Failed;
            }
            match &args.package {
                None => as_module(input, compilation, terminal),
                Some(folder) => as_crate(args, folder, input, compilation, terminal),
            }
        },
    )
}

fn as_module(input: &Input, compilation: &Compilation, terminal: &mut Terminal) -> Outcome {
    match module(compilation, &source(input)) {
        Ok(text) => {
            terminal.result(&text);
            Outcome::Fine
        }
        Err(gaps) => refused(&gaps, compilation, terminal),
    }
}

fn as_crate(
    args: &GenerateArgs,
    folder: &Path,
    input: &Input,
    compilation: &Compilation,
    terminal: &mut Terminal,
) -> Outcome {
    let types = match types(args, compilation) {
        Ok(types) => types,
        Err(why) => {
            terminal.error(&why);
            return Outcome::Usage;
        }
    };
    let runtime = args.runtime.as_deref().map(|path| beside(folder, path));
    let parts = Parts {
        source: &source(input),
        runtime: runtime.as_deref(),
        types: types.as_deref(),
    };
    let files = match package(compilation, parts) {
        Ok(files) => files,
        Err(gaps) => return refused(&gaps, compilation, terminal),
    };
    let done = if args.check {
        Ok(compared(&files, folder, terminal))
    } else {
        written(&files, folder).map(|()| Outcome::Fine)
    };
    done.unwrap_or_else(|why| {
        terminal.error(&why);
        Outcome::Failed
    })
}

/// The name of the file alone: where it lies differs from machine to machine.
fn source(input: &Input) -> String {
    match input {
        Input::Standard => "standard input".into(),
        Input::File(path) => {
            let name = path.file_name().unwrap_or(path.as_os_str());
            format!("`{}`", name.to_string_lossy())
        }
    }
}

fn refused(gaps: &[Gap], compilation: &Compilation, terminal: &mut Terminal) -> Outcome {
    for Gap { span, message } in gaps {
        let place = compilation.sources.start(*span);
        let path = &compilation.sources.file(span.file).path;
        terminal.error(&format!(
            "{path}:{}:{}: {message}",
            place.line, place.column
        ));
    }
    Outcome::Failed
}

/// The text of `--types`, which is asked for where the protocol uses types of Rust.
fn types(args: &GenerateArgs, compilation: &Compilation) -> Result<Option<String>, String> {
    let wanted = foreign(compilation).join("`, `");
    match &args.types {
        None if wanted.is_empty() => Ok(None),
        None => Err(format!(
            "the protocol uses `{wanted}` of the surrounding crate: give a file with --types that \
             declares them, as the root of the crate would"
        )),
        Some(_) if wanted.is_empty() => {
            Err("--types is not needed: the protocol uses no types of Rust".into())
        }
        Some(path) => {
            let why = |why| format!("cannot read {}: {why}", path.display());
            read(path).map(Some).map_err(why)
        }
    }
}

/// The way from the crate's folder to another one, so that both can be moved together.
fn beside(folder: &Path, path: &Path) -> String {
    let whole = |path: &Path| -> Option<PathBuf> {
        // The folder need not exist yet, but a part of the way to it does.
        let there = path
            .ancestors()
            .find(|part| part.exists() && !part.as_os_str().is_empty());
        let there = there.unwrap_or(Path::new(""));
        let rest = path.strip_prefix(there).ok()?;
        let there = if there.as_os_str().is_empty() {
            Path::new(".")
        } else {
            there
        };
        Some(fs::canonicalize(there).ok()?.join(rest))
    };
    let (Some(from), Some(to)) = (whole(folder), whole(path)) else {
        return path.to_string_lossy().into_owned();
    };
    let shared = from
        .components()
        .zip(to.components())
        .take_while(|(from, to)| from == to)
        .count();
    let up = from.components().skip(shared).map(|_| Component::ParentDir);
    let way: PathBuf = up.chain(to.components().skip(shared)).collect();
    way.to_string_lossy().replace('\\', "/")
}

/// Compares what is there with what would be written.
fn compared(files: &[File], folder: &Path, terminal: &mut Terminal) -> Outcome {
    let mut outcome = Outcome::Fine;
    for file in files {
        let path = folder.join(file.path);
        let found = read(&path);
        let same = match &found {
            Ok(_) if file.kept => true,
            Ok(text) => *text == file.text,
            Err(_) => false,
        };
        if same {
            continue;
        }
        let shown = path.to_string_lossy();
        match found {
            Ok(text) => terminal.result(&difference(&shown, &text, &file.text)),
            Err(why) => terminal.error(&format!("{shown}: {why}")),
        }
        outcome = Outcome::Failed;
    }
    outcome
}

/// Writes every file, or none: what was not generated stays as it is.
fn written(files: &[File], folder: &Path) -> Result<(), String> {
    let mut new = Vec::new();
    for file in files {
        let path = folder.join(file.path);
        let found = path.exists().then(|| read(&path)).transpose();
        let found = found.map_err(|why| format!("cannot read {}: {why}", path.display()))?;
        match found {
            Some(_) if file.kept => {}
            Some(text) if text == file.text => {}
            Some(text) if !text.contains(MARK) => {
                return Err(format!(
                    "{} was not written by aura-dsl and stays as it is; name another folder",
                    path.display()
                ));
            }
            _ => new.push((path, &file.text)),
        }
    }
    for (path, text) in new {
        let folder = path.parent().unwrap_or(Path::new(""));
        let why = |why: String| format!("cannot write {}: {why}", path.display());
        fs::create_dir_all(folder).map_err(|error| why(reason(&error)))?;
        replace(&path, text).map_err(why)?;
    }
    Ok(())
}
