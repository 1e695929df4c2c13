//! A member of a family has a timer only inside of a `for`. (SEMANTICS 4.)

use super::walk;
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Members, Protocol, Step};

/// Reports timers of members that a constant names.
pub(super) fn check(protocol: &Protocol, report: &mut Report) {
    walk::each(&protocol.body, &mut |step| {
        if let Step::Timeout(timeout) = step
            && matches!(timeout.decider.members, Members::Constant(_))
        {
            let name = walk::name(protocol, &timeout.decider);
            let message = format!("a single member of `{name}` has a timer here");
            report.push(
                Diagnostic::new(codes::E0313, timeout.decider.span, message)
                    .help("give the timer to a single role, or to `[i]` inside of a `for`"),
            );
        }
    });
}
