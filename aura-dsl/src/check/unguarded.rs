//! Every message is protected by a capability. (DECISIONS 20: a warning and a row in the audit.)

use std::collections::BTreeSet;

use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Protocol, Send};

/// How many further messages the warning points at; the audit lists all of them.
const SHOWN: usize = 4;

/// Warns about messages that anybody in the role may send, once for a protocol.
pub(super) fn check(protocol: &Protocol, report: &mut Report) {
    // A step to a split family is several sends, and so is one of a protocol that is called twice.
    let mut steps = BTreeSet::new();
    let unguarded: Vec<&Send> = protocol
        .sends
        .iter()
        .filter(|send| send.terms.capability.is_none() && steps.insert(send.label_span))
        .collect();
    let Some((first, others)) = unguarded.split_first() else {
        return;
    };
    let name = |send: &Send| &protocol.labels[send.label.index()].name;
    let message = match others.len() {
        0 => format!("no guard protects the message `{}`", name(first)),
        1 => format!(
            "no guard protects the message `{}` and another one",
            name(first)
        ),
        more => format!(
            "no guard protects the message `{}` and {more} others",
            name(first)
        ),
    };
    let mut diagnostic = Diagnostic::new(codes::W0906, first.label_span, message)
        .help("demand a capability: `[guard_capability = \"..\"]` behind the sender");
    for send in others.iter().take(SHOWN) {
        diagnostic = diagnostic.label(send.label_span, "nor this one");
    }
    report.push(diagnostic);
}
