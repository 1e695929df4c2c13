//! The driver: every stage in order, on one text and its imports.
//!
//! In: a text, the key by which its imports are found, and a loader. Out: a [`Compilation`] with
//! everything that is known, however far it came. What holds: a stage runs only if the one before
//! it found no error. Stages recurse over the tree, so they run on a thread with a deep stack.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::Path;

use crate::automaton::{Automata, automaton};
use crate::check::{Checked, check};
use crate::contexts::{Contexts, contexts};
use crate::diag::{Diagnostic, Report, codes};
use crate::global::Protocol;
use crate::import::scribble;
use crate::local::Locals;
use crate::parse::parse;
use crate::project::project;
use crate::resolve::resolve;
use crate::source::{FileId, Loader, Sources};
use crate::verdict::{Decision, Verdict};

/// Enough for a thousand levels of nesting in a debug build; untouched pages cost nothing.
const STACK: usize = 512 << 20;

/// What a compilation found.
#[derive(Debug)]
pub struct Compilation {
    /// The text and its imports.
    pub sources: Sources,
    /// The text itself.
    pub root: FileId,
    /// All errors and warnings.
    pub report: Report,
    /// The protocols of the text, if it has no errors up to `check`.
    pub program: Option<Checked>,
    /// By protocol of the program: what was decided, or `None` where a later stage found errors.
    pub protocols: Vec<Option<Compiled>>,
}

/// What is known of a protocol without errors.
#[derive(Debug)]
pub struct Compiled {
    /// The verdict.
    pub decision: Decision,
    /// The local types; none outside the class.
    pub locals: Option<Locals>,
    /// Who learns what in which context.
    pub contexts: Contexts,
    /// Every run, for the audits and analyses that a command asks for.
    pub automata: Automata,
}

/// Compiles a text. `path` is its name for readers, `key` its name for the loader.
pub fn compile(path: &str, key: &str, text: &str, loader: &(dyn Loader + Sync)) -> Compilation {
    compile_at(&BTreeMap::new(), path, key, text, loader)
}

/// Compiles a text at sizes that were given by name, instead of for all of them.
pub fn compile_at(
    sizes: &BTreeMap<String, u64>,
    path: &str,
    key: &str,
    text: &str,
    loader: &(dyn Loader + Sync),
) -> Compilation {
    deep(|| stages(sizes, path, key, text, loader))
}

/// Runs what recurses over a tree on a thread with a deep stack.
pub fn deep<T: Send>(work: impl Fn() -> T + Sync) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new()
            .stack_size(STACK)
            .spawn_scoped(scope, &work);
        match thread.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(done)) => done,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            // Without memory for a thread the own stack must do.
            Err(_) => work(),
        }
    })
}

fn stages(
    given: &BTreeMap<String, u64>,
    path: &str,
    key: &str,
    text: &str,
    loader: &dyn Loader,
) -> Compilation {
    let mut sources = Sources::default();
    let root = sources.add(path, text);
    let mut report = Report::default();
    let program = front(root, key, &mut sources, loader, &mut report);
    let program = program.map(|program| program.at(given));
    let mut protocols = Vec::new();
    for protocol in program.iter().flat_map(Checked::protocols) {
        protocols.push(back(protocol, &mut report));
    }
    report.sort();
    Compilation {
        sources,
        root,
        report,
        program,
        protocols,
    }
}

/// From the text to a checked program.
fn front(
    root: FileId,
    key: &str,
    sources: &mut Sources,
    loader: &dyn Loader,
    report: &mut Report,
) -> Option<Checked> {
    let text = sources.file(root).text.clone();
    let path = Path::new(&sources.file(root).path);
    let extension = path.extension().and_then(OsStr::to_str);
    let foreign = matches!(extension, Some("nuscr" | "scr"));
    let read = if foreign {
        let name = path.file_stem().and_then(OsStr::to_str).unwrap_or_default();
        scribble::import(root, &text, name).map(|imported| {
            report.extend(imported.warnings);
            imported.file
        })
    } else {
        parse(root, &text)
    };
    let checked = read
        .and_then(|file| resolve(&file, sources, key, loader))
        .and_then(check);
    let (checked, found) = match checked {
        Ok(checked) => {
            let found = checked.warnings().clone();
            (Some(checked), found)
        }
        Err(found) => (None, found),
    };
    report.extend(found);
    if foreign {
        // Scribble has no capabilities, so nobody could follow the warning. The audit still lists
        // every message as unguarded.
        report.leave_out(codes::W0906);
    }
    checked
}

/// From a checked protocol to its verdict and local types. An audit is a stage of its own: it needs
/// the checked protocol alone, and whoever only checks does not pay for it.
fn back(protocol: &Protocol, report: &mut Report) -> Option<Compiled> {
    let automata = match automaton(protocol) {
        Ok(automata) => automata,
        Err(found) => {
            report.extend(found);
            return None;
        }
    };
    report.extend(automata.warnings.clone());
    let contexts = match contexts(protocol) {
        Ok(contexts) => contexts,
        Err(found) => {
            report.extend(found);
            return None;
        }
    };
    match project(protocol, &automata) {
        Ok(projection) => {
            report.extend(refusal(protocol, &projection.decision));
            Some(Compiled {
                decision: projection.decision,
                locals: projection.locals,
                contexts,
                automata,
            })
        }
        Err(found) => {
            report.extend(found);
            None
        }
    }
}

/// A verdict other than implementable, as an error at the step that goes wrong.
fn refusal(protocol: &Protocol, decision: &Decision) -> Report {
    let code = match decision.verdict {
        Verdict::Implementable => return Report::default(),
        Verdict::OutsideClass => codes::E0506,
        Verdict::NotImplementable => codes::E0507,
        Verdict::MayWait => codes::E0508,
        Verdict::Starvation => codes::E0509,
    };
    let shown = decision.counterexample.as_ref();
    let faulty = shown
        .into_iter()
        .flat_map(|shown| &shown.runs)
        .flat_map(|run| &run.events)
        .find(|event| event.faulty);
    let span = faulty.map_or(protocol.span, |event| event.span);
    let reason = shown.map_or(decision.verdict.name(), |shown| &shown.reason);
    let mut diagnostic = Diagnostic::new(code, span, reason);
    diagnostic.help = shown
        .and_then(|shown| shown.hint.as_ref())
        .map(|hint| hint.text.clone());
    diagnostic.into()
}
