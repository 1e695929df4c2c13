//! A participant does not send to itself. (PROJECTION, known failures.)

use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Members, Protocol, Send};

/// Reports sends whose sender is, or can be, the receiver.
pub(super) fn check(protocol: &Protocol, report: &mut Report) {
    for send in protocol.sends.iter().filter(|send| to_itself(send)) {
        let name = &protocol.roles[send.to.role.index()].name;
        let message = match (&send.from.members, &send.to.members) {
            (Members::All | Members::Any(_), _) | (_, Members::All) => {
                format!("a member of `{name}` would send to itself here")
            }
            _ => format!("`{name}` sends to itself"),
        };
        report.push(Diagnostic::new(codes::E0301, send.to.span, message).help(
            "a message goes from one participant to another; use `local` for what one does alone",
        ));
    }
}

fn to_itself(send: &Send) -> bool {
    // `Q[*] -> Q[*]` is an exchange, in which nobody sends to itself. `Q[i]` beside another
    // selection of the same family is reported as such.
    send.from.role == send.to.role
        && match (&send.from.members, &send.to.members) {
            (Members::All | Members::Any(_), Members::Constant(_))
            | (Members::Constant(_), Members::All) => true,
            (Members::All, Members::All) => false,
            (from, to) => from == to,
        }
}
