//! Every message is protected by a capability. (DECISIONS 20: a warning and a row in the audit.)

use crate::diag::{Diagnostic, Report, codes};
use crate::global::Protocol;

/// Warns about messages that anybody in the role may send.
pub(super) fn check(protocol: &Protocol, report: &mut Report) {
    for send in protocol
        .sends
        .iter()
        .filter(|send| send.terms.capability.is_none())
    {
        let label = &protocol.labels[send.label.index()].name;
        let message = format!("no guard protects the message `{label}`");
        report.push(
            Diagnostic::new(codes::W0906, send.label_span, message)
                .help("demand a capability: `[guard_capability = \"..\"]` behind the sender"),
        );
    }
}
