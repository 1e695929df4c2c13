//! `continue` is the last step of its block. (SEMANTICS 1.)

use super::walk;
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Block, Protocol, Step};

/// Reports the first step behind each `continue`.
pub(super) fn check(protocol: &Protocol, report: &mut Report) {
    inside(protocol, &protocol.body, report);
}

fn inside(protocol: &Protocol, block: &Block, report: &mut Report) {
    for (position, step) in block.steps.iter().enumerate() {
        if let (Step::Continue(_, span), Some(next)) = (step, block.steps.get(position + 1)) {
            let message = "this step is never reached: a `continue` stands before it";
            report.push(
                Diagnostic::new(codes::E0306, walk::span(protocol, next), message)
                    .label(*span, "the run goes back from here")
                    .help("put the step before the `continue`, or behind the `rec`"),
            );
        }
        for inner in walk::blocks(step) {
            inside(protocol, inner, report);
        }
    }
}
