//! `diff`: two versions of a text.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::ReportFormat;

/// Say what changed between two versions of a protocol, and who can still talk to whom
///
/// Changes of messages, roles, guards, costs, leakage, facts, receipts, contexts and timeouts are read
/// from what the texts mean, not from how they are laid out. A `!` marks what is weakened: a guard
/// that demands less or something else, a receipt or a fact that is missing, a message or a run that
/// costs or leaks more, somebody who receives what they did not receive before, another context.
///
/// For each role the machines that are projected from both versions are compared, local steps left
/// out. `compatible`: they do the same on the wire, under the same namespace and version. `compatible
/// with negotiation`: they do the same under another version, or one of them sends no more and
/// receives no less than the other, so that it can take part among the others if the handshake
/// settles on their version. `breaking`: neither can; what travels up to the point where they part
/// is shown.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  aura-dsl diff old.aura new.aura
  git show main:gc.aura | aura-dsl diff - gc.aura
  aura-dsl diff --fail-on breaking old.aura new.aura
  aura-dsl diff --format json old.aura new.aura | jq .outcome

Exit codes:
  0  nothing changed, or what changed is compatible and nothing is weakened
  1  something is weakened or breaking: a role that cannot talk, one that came or went, a protocol that went
  2  a text with errors, or arguments that make no sense")]
pub(crate) struct DiffArgs {
    /// The version that is in use, or `-`
    #[arg(value_name = "OLD")]
    pub(crate) old: PathBuf,
    /// The version that is to come, or `-`
    #[arg(value_name = "NEW")]
    pub(crate) new: PathBuf,
    /// How to print the changes
    #[arg(long, value_enum, default_value_t = ReportFormat::Text)]
    pub(crate) format: ReportFormat,
    /// What ends with 1
    #[arg(long, value_enum, default_value_t = FailOn::Weakened, value_name = "WHAT")]
    pub(crate) fail_on: FailOn,
    /// Imports must lie below this folder; by default the nearest one with a Cargo.toml, else each
    /// file's own
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum FailOn {
    /// Whatever is weakened or breaking
    Weakened,
    /// Only what is breaking
    Breaking,
}
