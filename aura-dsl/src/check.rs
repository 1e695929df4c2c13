//! Checks the shape of protocols: every rule that is decided on the tree.
//!
//! In: a resolved program. Out: [`Checked`], which cannot be made otherwise, so whoever holds one
//! knows that every rule below holds. One rule is one module with one code; all findings are
//! collected before the stage fails. Left out on purpose: whether a protocol can be implemented,
//! which `project` decides on the automaton, and contexts, which `audit` follows along runs.

mod branch_labels;
mod empty_elements;
mod exits;
mod family_choice;
mod family_for;
mod family_timeout;
pub(crate) mod generated_names;
pub(crate) mod guards;
mod knowledge;
mod local_args;
mod local_hooks;
mod par_endless;
mod par_same;
mod receipts;
mod recursion;
mod self_send;
mod steps_behind;
mod unguarded;
mod unused_roles;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::Report;
use crate::global::{Program, Protocol};

/// A program whose protocols have passed every check.
#[derive(Clone, Debug)]
pub struct Checked {
    program: Program,
}

impl Checked {
    /// The program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Its protocols, in the order of the text.
    pub fn protocols(&self) -> &[Protocol] {
        &self.program.protocols
    }

    /// The program at sizes that were given, which no rule depends on: each protocol is filled in
    /// with those of its symbols that it can have, and left as it is where one does not fit.
    #[must_use]
    pub fn at(mut self, given: &BTreeMap<String, u64>) -> Self {
        for protocol in &mut self.program.protocols {
            if let Ok(sizes) = protocol.sizes_among(given)
                && !sizes.is_empty()
            {
                *protocol = protocol.filled(&sizes);
            }
        }
        self
    }

    /// What was noticed while resolving and checking.
    pub fn warnings(&self) -> &Report {
        &self.program.warnings
    }
}

/// The rules, in the order in which they run.
const RULES: [fn(&Protocol, &mut Report); 15] = [
    self_send::check,
    branch_labels::check,
    steps_behind::check,
    recursion::check,
    par_same::check,
    par_endless::check,
    family_for::check,
    family_choice::check,
    family_timeout::check,
    local_args::check,
    local_hooks::check,
    receipts::check,
    generated_names::check,
    unused_roles::check,
    unguarded::check,
];

/// Applies every rule to one protocol.
fn shape(program: &Program, protocol: &Protocol, report: &mut Report) {
    for rule in RULES {
        rule(protocol, report);
    }
    guards::check(&program.types, protocol, report);
}

/// Checks every protocol of a program.
///
/// # Errors
///
/// All errors of the stage, together with the warnings of resolving and checking.
pub fn check(mut program: Program) -> Result<Checked, Report> {
    let mut report = std::mem::take(&mut program.warnings);
    empty_elements::check(&program, &mut report);
    for protocol in &program.protocols {
        shape(&program, protocol, &mut report);
    }
    // Of an imported protocol its errors count, called or not; those of one that is called have
    // been found where it was inlined. Whoever writes it sees its warnings.
    let mut known: BTreeSet<_> = report
        .iter()
        .map(|found| (found.code, found.span))
        .collect();
    for protocol in std::mem::take(&mut program.imported) {
        let mut found = Report::default();
        shape(&program, &protocol, &mut found);
        for error in found.errors() {
            if known.insert((error.code, error.span)) {
                report.push(error.clone());
            }
        }
    }
    report.sort();
    if report.has_errors() {
        return Err(report);
    }
    program.warnings = report;
    Ok(Checked { program })
}
