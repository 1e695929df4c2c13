//! The branches of a choice have different labels.

use std::collections::HashMap;

use super::walk;
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Choice, Protocol, Step};

/// Reports labels that stand twice in one choice.
pub(super) fn check(protocol: &Protocol, report: &mut Report) {
    walk::each(&protocol.body, &mut |step| {
        if let Step::Choice(choice) = step {
            unique(choice, report);
        }
    });
}

fn unique(choice: &Choice, report: &mut Report) {
    let mut first = HashMap::new();
    for branch in &choice.branches {
        let Some(label) = branch.label.as_deref() else {
            continue;
        };
        if let Some(span) = first.insert(label, branch.span) {
            let message = format!("two branches of this choice are called `{label}`");
            report.push(
                Diagnostic::new(codes::E0302, branch.span, message)
                    .label(span, "the first one")
                    .help("rename one of the two: the label is how the branches are told apart"),
            );
        }
    }
}
