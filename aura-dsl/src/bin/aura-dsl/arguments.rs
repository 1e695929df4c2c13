//! What can be written on the command line, with the help that teaches it.

mod diff;
mod foreign;

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

pub(crate) use diff::{DiffArgs, FailOn};
pub(crate) use foreign::{ExportArgs, ExportFormat, ImportArgs};

/// A choreography compiler for distributed security protocols
///
/// Decides whether a protocol can be implemented, projects it to one local type for each role, and
/// audits who may send what, at which cost, with which leakage.
#[derive(Debug, Parser)]
#[command(name = "aura-dsl", version, after_long_help = EXAMPLES)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
    /// When to use colours; `auto` asks the terminal and `NO_COLOR`
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub(crate) color: Color,
}

const EXAMPLES: &str = "\
Examples:
  aura-dsl check protocols                  every protocol below a folder
  aura-dsl project --role P snapshot.aura   what P does, state by state
  aura-dsl audit --sizes m=5,t=3 gc.aura    costs and leakage at given sizes
  aura-dsl diff old.aura new.aura           what a new version changes, and who can still talk
  aura-dsl audit --format html gc.aura      a page to read and to hand on
  aura-dsl generate gc.aura --crate gc      a crate of Rust
  aura-dsl check - < gc.aura                standard input
  aura-dsl explain E0507                    a rule, with an example and its repair

Exit codes:
  0  all protocols are implementable, nothing to report but warnings
  1  an error, another verdict, a difference found by --check, or a denied warning
  2  arguments that make no sense";

/// What each does is said at its arguments: a line here would hide the rest of what is said there.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Check(CheckArgs),
    Project(ProjectArgs),
    Audit(AuditArgs),
    Diff(DiffArgs),
    Fmt(FmtArgs),
    Generate(GenerateArgs),
    Import(ImportArgs),
    Export(ExportArgs),
    Explain(ExplainArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// Which texts, and what counts as failure.
#[derive(Args, Debug)]
pub(crate) struct Inputs {
    /// Files, folders (searched for .aura, .nuscr and .scr, links not followed), or `-`
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Imports must lie below this folder; by default the nearest one with a Cargo.toml, else the
    /// file's own
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// Exit with 1 for what would only be reported
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) deny: Option<Deny>,
}

/// Which sizes.
#[derive(Args, Debug)]
pub(crate) struct GivenSizes {
    /// Fill in sizes of families and rounds of loops, by name: `m=5,t=3`
    #[arg(long, value_name = "NAME=N", value_delimiter = ',', value_parser = size)]
    pub(crate) sizes: Vec<(String, u64)>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Deny {
    /// Warnings fail like errors
    Warnings,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// Where standard error is a terminal
    Auto,
    /// Also into files and pipes
    Always,
    /// Not at all
    Never,
}

/// Decide whether protocols can be implemented
///
/// Each protocol gets a verdict: implementable, not-implementable, may-wait, starvation,
/// outside-class, or error. Where a role cannot follow, the shortest run that shows it is drawn as
/// a sequence chart, with a repair if one was found.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  aura-dsl check gc.aura
  aura-dsl check --deny warnings protocols
  aura-dsl check --sizes m=5,t=3 gc.aura     decide these sizes instead of all of them
  aura-dsl check --format json protocols | jq '.files[].protocols[].verdict'")]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    #[command(flatten)]
    pub(crate) sizes: GivenSizes,
    /// How to print the verdicts
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ReportFormat {
    /// For people
    Text,
    /// One object for tools (docs/schema)
    Json,
}

/// Print what each role does: local types, states and guards
///
/// In a local type `B!Offer` sends, `B?Offer` receives, `Q[*]!Go` sends to every member,
/// `Q[any t]?Vote` waits for t of them. ⊕{ .. } is the role's own choice, &{ .. } another's.
/// `rec S3:` names a state that `continue S3` comes back to, `S7:` one that several ways lead to.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  aura-dsl project gc.aura
  aura-dsl project --role Q gc.aura
  aura-dsl project --sizes m=5,t=3 gc.aura
  aura-dsl project --format svg gc.aura > gc.svg
  aura-dsl project --format dot --role P gc.aura | dot -Tsvg > p.svg
  aura-dsl project --format machine gc.aura > gc.json")]
pub(crate) struct ProjectArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    #[command(flatten)]
    pub(crate) sizes: GivenSizes,
    /// How to print the machines
    #[arg(long, value_enum, default_value_t = ProjectFormat::Text)]
    pub(crate) format: ProjectFormat,
    /// Only this role or family: `P`, `Q`, `Q[0]`
    #[arg(long)]
    pub(crate) role: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ProjectFormat {
    /// For people
    Text,
    /// One object for tools (docs/schema)
    Json,
    /// State machines for Graphviz
    Dot,
    /// Sequence and state diagrams in Markdown
    Mermaid,
    /// The same as one picture
    Svg,
    /// A page that needs nothing else, with pictures and audit
    Html,
    /// Tables that a runtime loads (docs/machines.md)
    Machine,
}

/// Print who may send what, costs, leakage, facts and contexts
///
/// Costs and leakage are bounds over every complete run: at least and at most, symbolic in the
/// sizes of families and the rounds of loops.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  aura-dsl audit gc.aura
  aura-dsl audit --sizes m=5,t=3 gc.aura
  aura-dsl audit --format html gc.aura > gc.html
  aura-dsl audit --check protocols           compare with the audit.txt beside each protocol
  aura-dsl audit --write protocols           accept the audit of today")]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    pub(crate) inputs: Inputs,
    /// How to print the audit
    #[arg(long, value_enum, default_value_t = AuditFormat::Text)]
    pub(crate) format: AuditFormat,
    #[command(flatten)]
    pub(crate) sizes: GivenSizes,
    /// Compare with `audit.txt` beside each protocol and print the difference
    #[arg(long, conflicts_with_all = ["write", "sizes", "format"])]
    pub(crate) check: bool,
    /// Write `audit.txt` beside each protocol
    #[arg(long, conflicts_with_all = ["sizes", "format"])]
    pub(crate) write: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum AuditFormat {
    /// For people
    Text,
    /// One object for tools (docs/schema)
    Json,
    /// A page that needs nothing else, with pictures; its tables follow sizes that are filled in
    Html,
}

/// Bring texts into the canonical layout, in place
///
/// Comments survive. Standard input is formatted to standard output.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  aura-dsl fmt protocols
  aura-dsl fmt --check protocols
  aura-dsl fmt - < gc.aura")]
pub(crate) struct FmtArgs {
    /// Files, folders (searched for .aura), or `-`
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    /// Change nothing; print what would change, and exit with 1 if anything would
    #[arg(long)]
    pub(crate) check: bool,
}

/// Write Rust in which a wrong step does not compile: a module or a crate
///
/// Without --crate the module is printed. With it a crate is written that builds on its own: the
/// protocol in `src/protocol.rs`, what it is in `README.md`, and a `Cargo.toml`, which is written
/// once and then yours. Files that were not generated are never overwritten. The macros
/// `aura_protocol!` and `aura_choreography!`, and `aura_dsl::build` in a build script, give the same
/// code without files.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  aura-dsl generate gc.aura > src/gc.rs
  aura-dsl generate gc.aura --crate gc
  aura-dsl generate gc.aura --crate gc --runtime ../aura/aura-runtime
  aura-dsl generate gc.aura --crate gc --types src/payloads.rs
  aura-dsl generate gc.aura --crate gc --check        fails if the crate is not what the protocol says")]
pub(crate) struct GenerateArgs {
    /// One file with its protocols, or `-`
    #[arg(value_name = "FILE")]
    pub(crate) path: PathBuf,
    /// Write a crate into this folder
    #[arg(long = "crate", value_name = "DIR")]
    pub(crate) package: Option<PathBuf>,
    /// The crate finds `aura-runtime` in this folder; by default in the registry
    #[arg(long, value_name = "PATH", requires = "package")]
    pub(crate) runtime: Option<PathBuf>,
    /// Rust that declares the types which the protocol brings in with `use crate::..`
    #[arg(long, value_name = "FILE", requires = "package")]
    pub(crate) types: Option<PathBuf>,
    /// Write nothing; print what would change, and exit with 1 if anything would
    #[arg(long, requires = "package")]
    pub(crate) check: bool,
    /// Imports must lie below this folder; by default the nearest one with a Cargo.toml, else the
    /// file's own
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
    /// Exit with 1 for what would only be reported
    #[arg(long, value_enum, value_name = "WHAT")]
    pub(crate) deny: Option<Deny>,
}

/// Explain a rule by its code, or list all of them
///
/// A page says what the rule protects from, with a text that breaks it and its repair.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  aura-dsl explain
  aura-dsl explain E0507")]
pub(crate) struct ExplainArgs {
    /// The code, as a diagnostic shows it
    pub(crate) code: Option<String>,
}

/// Print a script that completes commands and options in a shell
///
/// The script belongs where the shell looks for completions, or is read when the shell starts.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  aura-dsl completions bash > ~/.local/share/bash-completion/completions/aura-dsl
  aura-dsl completions zsh > ~/.zfunc/_aura-dsl           with ~/.zfunc in fpath
  aura-dsl completions fish > ~/.config/fish/completions/aura-dsl.fish")]
pub(crate) struct CompletionsArgs {
    /// Which shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}

/// Print a manual page, or write all of them
///
/// A page is printed in roff, as man reads it. Without a command it is the page of aura-dsl itself.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  aura-dsl man | man -l -
  aura-dsl man project | man -l -
  aura-dsl man --dir ~/.local/share/man/man1              then: man aura-dsl-project")]
pub(crate) struct ManArgs {
    /// The page of this command: `check`, `project`, ..
    pub(crate) command: Option<String>,
    /// Write the page of every command into this folder, which is made where it is missing
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub(crate) dir: Option<PathBuf>,
}

fn size(text: &str) -> Result<(String, u64), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("a size is written NAME=NUMBER, as in m=5")?;
    let value = value
        .trim()
        .parse()
        .map_err(|_| format!("`{}` is not a whole number below 2^64", value.trim()))?;
    Ok((name.trim().to_owned(), value))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn arguments_are_consistent() {
        super::Arguments::command().debug_assert();
    }
}
