//! Every declared role takes part.

use std::collections::HashSet;

use super::walk;
use crate::diag::{Diagnostic, Report, codes};
use crate::global::Protocol;

/// Warns about roles that no step names. A split family takes part if one of its parts does.
pub(super) fn check(protocol: &Protocol, report: &mut Report) {
    let mut used = HashSet::new();
    walk::each(&protocol.body, &mut |step| {
        let parties = walk::parties(protocol, step);
        used.extend(
            parties
                .iter()
                .map(|party| protocol.roles[party.role.index()].span),
        );
    });
    for role in protocol
        .roles
        .iter()
        .filter(|role| !used.contains(&role.span))
    {
        let name = role.part.as_ref().map_or(&role.name, |part| &part.family);
        let message = format!("the role `{name}` takes part in nothing");
        report.push(
            Diagnostic::new(codes::W0902, role.span, message).help("remove it from `roles:`"),
        );
    }
}
