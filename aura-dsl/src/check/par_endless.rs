//! At most one branch of a `par` goes on for ever [E-PAR-ENDLESS]. (SEMANTICS 2.)

use super::{exits, walk};
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Protocol, Step};

/// Reports the second endless branch of each `par`.
pub(super) fn check(protocol: &Protocol, report: &mut Report) {
    walk::each(&protocol.body, &mut |step| {
        let Step::Par(par) = step else { return };
        let mut endless = par.branches.iter().filter(|branch| !exits::can_end(branch));
        if let (Some(first), Some(second)) = (endless.next(), endless.next()) {
            let place = |braces: Option<_>| braces.unwrap_or(par.span);
            report.push(
                Diagnostic::new(
                    codes::E0310,
                    place(second.braces),
                    "a second branch of this `par` has no end",
                )
                .label(place(first.braces), "this one has none either")
                .help("give all branches but one an end, for instance with `loop (decides: ..)`"),
            );
        }
    });
}
