//! What went wrong where the grammar did not match.
//!
//! In: a text that `scan` let through and the grammar refused. Out: a report with one diagnostic for
//! each place where an attempt stopped, going on behind the step or item around it. pest collects what was expected only when asked, by a switch of the
//! whole process; texts that parse never pay for it.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use pest::Parser;
use pest::error::ErrorVariant;
use pest::iterators::Pairs;

use super::failure::Failure;
use super::grammar::{Grammar, Rule};
use super::recover;
use super::scan::span;
use crate::diag::codes::E0108;
use crate::diag::{Diagnostic, Report};
use crate::source::FileId;

/// Serialises the users of pest's switch. Another thread that parses meanwhile is only slower.
static DETAIL: Mutex<()> = Mutex::new(());

/// At most so many errors are looked for.
const MAX_ERRORS: usize = 20;

/// Every further error costs one more parse: together they read at most so many bytes.
const MAX_READ: usize = 4 << 20;

/// Every syntax error of a text that the grammar refuses. After each one the step or item around it
/// is left out and the rest is read again; what the tree's builder finds in the rest comes last.
pub(super) fn report(id: FileId, text: &str) -> Report {
    let mut report = Report::default();
    let mut rest = text.to_owned();
    let mut read = 0;
    let mut left_out = 0;
    for round in 0..MAX_ERRORS {
        let Stop { at, tokens } = match attempt(&rest) {
            Ok(pairs) => {
                report.extend(super::build(id, text.len(), pairs).1);
                break;
            }
            Err(None) => {
                report.push(too_deep(id));
                break;
            }
            Err(Some(stop)) => stop,
        };
        // Whatever stands at or before what was left out, at the end of the text, or misses the head
        // of its protocol, may be a consequence of leaving it out.
        if round > 0 && (at <= left_out || at == rest.len() || tokens.contains("roles")) {
            break;
        }
        let failure = Failure {
            id,
            text: &rest,
            at,
            tokens,
        };
        report.push(failure.diagnostic());
        read += rest.len();
        if read > MAX_READ {
            break;
        }
        let mut part = recover::around(&rest, at);
        if failure.lacks_semicolon() {
            part.end = at;
        }
        left_out = part.end;
        rest = recover::without(&rest, &part);
    }
    report.sort();
    report
}

/// Where the longest attempt stopped, and the tokens that it could have gone on with.
struct Stop {
    at: usize,
    tokens: BTreeSet<String>,
}

/// Parses with pest's switch on. There is no place to name where only the stack was too small.
fn attempt(text: &str) -> Result<Pairs<'_, Rule>, Option<Stop>> {
    let _guard = DETAIL.lock().unwrap_or_else(PoisonError::into_inner);
    pest::set_error_detail(true);
    let outcome = Grammar::parse(Rule::file, text);
    pest::set_error_detail(false);
    outcome.map_err(|error| match error.variant {
        ErrorVariant::ParsingError { .. } => error.parse_attempts().map(|attempts| Stop {
            at: attempts.max_position,
            tokens: attempts
                .expected_tokens()
                .iter()
                .map(ToString::to_string)
                .collect(),
        }),
        ErrorVariant::CustomError { .. } => None,
    })
}

fn too_deep(id: FileId) -> Diagnostic {
    Diagnostic::new(
        E0108,
        span(id, 0..0),
        "the text nests too deeply for the stack",
    )
    .help("move inner steps into protocols of their own and `call` them")
}
