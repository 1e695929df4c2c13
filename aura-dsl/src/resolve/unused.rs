//! Warnings about declared capabilities that no send demands.

use super::declare::Declared;
use crate::diag::{Diagnostic, Report, codes};

/// Reports the root's capabilities that nothing demands; an imported file serves others too.
pub(super) fn capabilities(declared: &Declared<'_>, demanded: &[bool], report: &mut Report) {
    for (capability, demanded) in declared.capabilities.iter().zip(demanded) {
        let name = &capability.name;
        if !demanded && name.span.file == declared.root && !declared.protocols.is_empty() {
            let message = format!("no message demands the capability `{}`", name.text);
            report.push(
                Diagnostic::new(codes::W0905, name.span, message).help(format!(
                    "demand it with `guard_capability = \"{}\"`, or remove it",
                    name.text
                )),
            );
        }
    }
}
