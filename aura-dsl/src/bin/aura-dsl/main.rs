//! The command line of the compiler: arguments, files, exit codes. The only place with IO.
//!
//! In: arguments, files and standard input. Out: results on standard output, diagnostics on
//! standard error, and the exit code: 0 where all is well, 1 for an error, for a verdict other than
//! implementable, for a difference that `--check` finds and for denied warnings, 2 for arguments
//! that make no sense. What holds: one file that fails does not hide the next; a reader who closes
//! the pipe early ends the program quietly.
#![allow(
    clippy::disallowed_methods,
    reason = "edge: the command line reads files, arguments and the environment"
)]

mod arguments;
mod commands;
mod files;
mod terminal;

use std::process::ExitCode;

use aura_dsl::compile::deep;
use clap::Parser;

use arguments::{Arguments, Command};
use terminal::{Outcome, Terminal};

/// A compilation builds large trees and drops them whole, which this allocator takes half as long for.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    // Texts nest to a thousand levels, and so do the trees that are written and dropped.
    deep(|| run(&arguments)).code()
}

fn run(arguments: &Arguments) -> Outcome {
    let mut terminal = Terminal::new(arguments.color);
    let outcome = match &arguments.command {
        Command::Check(check) => commands::check::run(check, &mut terminal),
        Command::Project(project) => commands::project::run(project, &mut terminal),
        Command::Audit(audit) => commands::audit::run(audit, &mut terminal),
        Command::Diff(diff) => commands::diff::run(diff, &mut terminal),
        Command::Fmt(fmt) => commands::fmt::run(fmt, &mut terminal),
        Command::Generate(generate) => commands::generate::run(generate, &mut terminal),
        Command::Export(export) => commands::export::run(export, &mut terminal),
        Command::Import(import) => commands::import::run(import, &mut terminal),
        Command::Explain(explain) => commands::explain::run(explain, &mut terminal),
        Command::Completions(shell) => commands::manual::completions(shell, &mut terminal),
        Command::Man(man) => commands::manual::man(man, &mut terminal),
    };
    terminal.flush();
    outcome
}
