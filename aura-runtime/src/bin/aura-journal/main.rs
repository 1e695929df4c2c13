//! `aura-journal`: looks into a journal, checks it, moves it.
//!
//! In: a journal, as a file of SQLite or the address of a PostgreSQL database, and what to do with it.
//! Out: text or JSON lines on standard output, errors and progress on standard error, and an exit code:
//! 0 when all is well, 1 when the journal is damaged, 2 when the command line is wrong, 3 when the
//! journal cannot be reached, is in use, or needs another key.
#![allow(
    clippy::doc_markdown,
    reason = "the words on arguments are what --help prints"
)]

mod compact;
mod json;
mod keys;
mod place;
mod report;
mod transfer;

use std::{io, path::PathBuf, process::ExitCode};

use aura_runtime::store::StoreError;
use clap::{Args, Parser, Subcommand};

use self::{keys::KeyArgs, place::Place};

/// Looks into journals of Aura's ledgers, checks them and moves them.
#[derive(Parser)]
#[command(name = "aura-journal", version, arg_required_else_help = true, after_help = EXITS)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXITS: &str = "\
A JOURNAL is a file, or an address such as postgres://user@host/database; its tables are in the schema
that --schema names. A file may be read while a ledger writes to it; a database may not.

Exit codes: 0 all is well, 1 the journal is damaged, 2 wrong command line, 3 cannot be reached or opened.";

#[derive(Subcommand)]
enum Command {
    /// Check every row: digests, the chain of charges, receipts, budgets recomputed from charges
    Verify(Of),
    /// Print everything as JSON lines
    Dump {
        #[command(flatten)]
        of: Of,
        /// Only rows of this kind
        #[arg(long, value_enum)]
        only: Option<json::Kind>,
    },
    /// Count what is there
    Stats(Of),
    /// Show budgets and leakage: limit, spent, left
    Budget(Of),
    /// Let go of receipts that prove nothing any more, or of facts that are named; they are printed as
    /// JSON lines first. Reducing facts to what they amount to is their program's
    Compact {
        #[command(flatten)]
        of: Of,
        #[command(flatten)]
        what: compact::What,
    },
    /// Copy the journal into a new one
    Export {
        #[command(flatten)]
        of: Of,
        /// Where to: a journal that is empty or not there yet
        #[arg(long, value_name = "JOURNAL")]
        to: String,
    },
    /// Copy another journal into this one, which is empty or not there yet
    Import {
        #[command(flatten)]
        of: Of,
        /// Where from
        #[arg(long, value_name = "JOURNAL")]
        from: String,
    },
}

#[derive(Args)]
struct Of {
    /// The journal
    journal: String,
    /// The schema of a journal in PostgreSQL
    #[arg(long, default_value = "aura", value_name = "NAME")]
    schema: String,
    /// A file in PEM with whom to trust to have signed the certificate of a database; then it is reached
    /// under TLS alone
    #[arg(long, value_name = "FILE")]
    roots: Option<PathBuf>,
    #[command(flatten)]
    keys: KeyArgs,
}

impl Of {
    fn place(&self) -> Result<Place, StoreError> {
        self.other(&self.journal)
    }

    fn other(&self, journal: &str) -> Result<Place, StoreError> {
        Place::of(journal, &self.schema, self.roots.as_deref(), &self.keys)
    }
}

fn main() -> ExitCode {
    match run(&Cli::parse().command) {
        Ok(code) => code,
        // Whoever reads the output has seen enough.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => {
            ExitCode::SUCCESS
        }
        Err(Failure::Output(error)) => failed(&error, 3),
        Err(Failure::Store(error @ StoreError::Corrupt(_))) => failed(&error, 1),
        Err(Failure::Store(error)) => failed(&error, 3),
    }
}

fn failed(error: &dyn std::error::Error, code: u8) -> ExitCode {
    eprintln!("aura-journal: {error}");
    ExitCode::from(code)
}

enum Failure {
    Store(StoreError),
    Output(io::Error),
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

fn run(command: &Command) -> Result<ExitCode, Failure> {
    let mut out = io::BufWriter::new(io::stdout().lock());
    match command {
        Command::Verify(of) => return report::verify(&mut *of.place()?.read()?, &mut out),
        Command::Dump { of, only } => json::dump(&mut *of.place()?.read()?, *only, &mut out)?,
        Command::Stats(of) => report::stats(&mut *of.place()?.read()?, &mut out)?,
        Command::Budget(of) => report::budgets(&mut *of.place()?.read()?, &mut out)?,
        Command::Compact { of, what } => compact::compact(&of.place()?, what, &mut out)?,
        Command::Export { of, to } => transfer::copy(&of.place()?, &of.other(to)?)?,
        Command::Import { of, from } => transfer::copy(&of.other(from)?, &of.place()?)?,
    }
    io::Write::flush(&mut out)?;
    Ok(ExitCode::SUCCESS)
}
