//! `import` and `export`: protocols in other languages.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

/// Translate nuScr and Scribble protocols to `.aura`
///
/// Branches get the labels of their first messages. Auxiliary and nested protocols become protocols;
/// refinements and annotations become comments, with a warning; `explicit` protocols and connections
/// are refused at their place. `check`, `project` and `audit` read such files directly, too.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  aura-dsl import adder.nuscr > adder.aura
  aura-dsl import --name adder - < adder.nuscr")]
pub(crate) struct ImportArgs {
    /// A .nuscr or .scr file, or `-`
    #[arg(value_name = "PATH")]
    pub(crate) path: PathBuf,
    /// The namespace; by default the module's name, or the file's where there is no module
    #[arg(long)]
    pub(crate) name: Option<String>,
}

/// Write protocols in the notation of another language, where it can say them
///
/// nuScr has single roles, messages, choices whose decider sends first, and recursion. What follows a
/// choice is written into each of its branches, since a choice ends its block there. Capabilities,
/// costs, leakage, facts and contexts become comments. The labels of branches are left out: the text
/// that is written has been read again, and has the verdict of the protocol. What nuScr cannot say is
/// an error at the first such construct (E0112).
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  aura-dsl export adder.aura > adder.nuscr
  aura-dsl export --format nuscr - < adder.aura")]
pub(crate) struct ExportArgs {
    /// One file with its protocols, or `-`
    #[arg(value_name = "FILE")]
    pub(crate) path: PathBuf,
    /// The other language
    #[arg(long, value_enum, default_value_t = ExportFormat::Nuscr)]
    pub(crate) format: ExportFormat,
    /// Imports must lie below this folder; by default the nearest one with a Cargo.toml, else the
    /// file's own
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ExportFormat {
    /// nuScr, which `import` reads back
    Nuscr,
}
