//! A local step of a role has one signature, because generated code has one hook for it; a result
//! has one type. (DECISIONS 30.)

use std::collections::HashMap;

use super::walk;
use crate::ast::Type;
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Local, Protocol, RoleId};
use crate::resolve::alike;

/// Reports local steps of one role and name that differ.
pub(super) fn check(protocol: &Protocol, report: &mut Report) {
    let mut hooks: HashMap<(RoleId, &str), &Local> = HashMap::new();
    let mut results: HashMap<(RoleId, &str), &Local> = HashMap::new();
    for local in &protocol.locals {
        let first = *hooks
            .entry((local.at.role, &local.function))
            .or_insert(local);
        if !one_signature(protocol, first, local) {
            let role = walk::name(protocol, &local.at);
            let message = format!(
                "the local step `{}` of `{role}` has another signature elsewhere",
                local.function
            );
            report.push(differs(message, first, local));
            continue;
        }
        let Some((name, ty)) = &local.result else {
            continue;
        };
        let first = *results.entry((local.at.role, name)).or_insert(local);
        if !same_type(ty.as_ref(), result_type(first)) {
            let message = format!("the result `{name}` has another type elsewhere");
            report.push(differs(message, first, local));
        }
    }
}

fn differs(message: String, first: &Local, local: &Local) -> Diagnostic {
    Diagnostic::new(codes::E0316, local.span, message)
        .label(first.span, "the other one")
        .help("rename one of the two, or make them equal")
}

fn one_signature(protocol: &Protocol, a: &Local, b: &Local) -> bool {
    let names = |local: &Local| -> Vec<Option<&str>> {
        let name = |(arg, _): &(_, _)| super::local_args::name(protocol, arg);
        local.args.iter().map(name).collect()
    };
    names(a) == names(b)
        && a.result.is_some() == b.result.is_some()
        && same_type(result_type(a), result_type(b))
}

fn result_type(local: &Local) -> Option<&Type> {
    local.result.as_ref()?.1.as_ref()
}

fn same_type(a: Option<&Type>, b: Option<&Type>) -> bool {
    match (a, b) {
        (Some(a), Some(b)) => alike(a, b),
        (a, b) => a.is_none() && b.is_none(),
    }
}
