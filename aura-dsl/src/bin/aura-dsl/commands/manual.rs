//! `aura-dsl completions` and `aura-dsl man`: what shells and readers are told of the arguments.
//!
//! In: the arguments as clap knows them. Out: a script for a shell, or manual pages. What holds:
//! both are made from the same declarations as `--help`, so none of the three can drift.

use std::fs;
use std::io;
use std::path::Path;

use clap::CommandFactory;

use crate::arguments::{Arguments, CompletionsArgs, ManArgs};
use crate::files::reason;
use crate::terminal::{Outcome, Terminal};

/// The name under which the program is installed.
const NAME: &str = "aura-dsl";

pub(crate) fn completions(args: &CompletionsArgs, terminal: &mut Terminal) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Arguments::command(), NAME, &mut script);
    terminal.result(&String::from_utf8_lossy(&script));
    Outcome::Fine
}

pub(crate) fn man(args: &ManArgs, terminal: &mut Terminal) -> Outcome {
    let program = program();
    if let Some(folder) = &args.dir {
        return match written(&program, folder) {
            Ok(()) => Outcome::Fine,
            Err(why) => {
                let folder = folder.display();
                terminal.error(&format!("cannot write manual pages to {folder}: {why}"));
                Outcome::Failed
            }
        };
    }
    let command = match &args.command {
        None => Some(&program),
        Some(name) => program.find_subcommand(name),
    };
    let Some(command) = command else {
        let name = args.command.as_deref().unwrap_or_default();
        let hint = "`aura-dsl --help` lists all commands";
        terminal.error(&format!("there is no command `{name}`; {hint}"));
        return Outcome::Usage;
    };
    match page(command) {
        Ok(page) => terminal.result(&page),
        // Memory takes whatever is written to it.
        Err(why) => terminal.error(&format!("cannot write the page: {}", reason(&why))),
    }
    Outcome::Fine
}

/// The program with every command under its full name, as pages refer to each other.
fn program() -> clap::Command {
    // `help` would be a page that says nothing.
    let mut program = Arguments::command().disable_help_subcommand(true);
    program.build();
    program
}

fn page(command: &clap::Command) -> io::Result<String> {
    let mut page = Vec::new();
    let version = env!("CARGO_PKG_VERSION");
    clap_mangen::Man::new(command.clone())
        .source(format!("{NAME} {version}"))
        .manual("Aura")
        .render(&mut page)?;
    // What stands below the options of `--help` are sections of their own in a manual.
    let page = String::from_utf8_lossy(&page);
    let page = page.replace(".SH EXTRA\nExamples:\n", ".SH EXAMPLES\n.nf\n");
    Ok(page.replace("\nExit codes:\n", "\n.SH EXIT STATUS\n.nf\n"))
}

fn written(program: &clap::Command, folder: &Path) -> Result<(), String> {
    let write = || {
        fs::create_dir_all(folder)?;
        for command in std::iter::once(program).chain(program.get_subcommands()) {
            let name = command.get_display_name().unwrap_or(command.get_name());
            fs::write(folder.join(format!("{name}.1")), page(command)?)?;
        }
        Ok(())
    };
    write().map_err(|why: io::Error| reason(&why))
}
