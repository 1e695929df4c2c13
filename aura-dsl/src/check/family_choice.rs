//! When each member decides, each branch is one gather to the same role [E-FAM-CHOICE].
//! (SEMANTICS 3.)

use super::walk;
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Branch, Choice, Members, Party, Protocol, Step};

/// Reports branches of family choices that are anything else.
pub(super) fn check(protocol: &Protocol, report: &mut Report) {
    walk::each(&protocol.body, &mut |step| {
        if let Step::Choice(choice) = step
            && matches!(choice.decider.members, Members::All | Members::Any(_))
        {
            gathers(protocol, choice, report);
        }
    });
}

fn gathers(protocol: &Protocol, choice: &Choice, report: &mut Report) {
    let mut first: Option<&Party> = None;
    for branch in &choice.branches {
        let Some(to) = gather(protocol, &choice.decider, branch) else {
            let name = walk::name(protocol, &choice.decider);
            let message = format!("this branch is not one message from `{name}` to one role");
            report.push(
                Diagnostic::new(codes::E0312, branch.span, message)
                    .label(choice.decider.span, "each member decides for itself")
                    .help(format!(
                        "write one step `{name}[*] -> A: ..;`, the rest behind the choice"
                    )),
            );
            continue;
        };
        let known = *first.get_or_insert(to);
        if (known.role, &known.members) != (to.role, &to.members) {
            report.push(
                Diagnostic::new(codes::E0312, to.span, "this branch answers somebody else")
                    .label(known.span, "the first one answers here")
                    .help("one role has to gather the answers of all branches"),
            );
        }
    }
}

/// The receiver, if a branch is exactly one gather from the deciding members.
fn gather<'p>(protocol: &'p Protocol, decider: &Party, branch: &Branch) -> Option<&'p Party> {
    let [Step::Send(id)] = &*branch.body.steps else {
        return None;
    };
    let send = &protocol.sends[id.index()];
    let members = send.from.members == decider.members || send.from.members == Members::All;
    let one = send.to.members != Members::All;
    (members && one && send.from.role == decider.role).then_some(&send.to)
}
