//! Branches of a `par` are told apart by channel or label [E-PAR-SAME]. (SEMANTICS 2.)

use std::collections::HashMap;

use super::walk;
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{LabelId, Par, Protocol, RoleId, Send, Step};

/// Reports sends with equal sender, receiver and label in two branches of one `par`.
pub(super) fn check(protocol: &Protocol, report: &mut Report) {
    walk::each(&protocol.body, &mut |step| {
        if let Step::Par(par) = step {
            disjoint(protocol, par, report);
        }
    });
}

/// What a receiver in another branch could mistake.
type Seen<'p> = HashMap<(RoleId, RoleId, LabelId), Vec<(usize, &'p Send)>>;

fn disjoint(protocol: &Protocol, par: &Par, report: &mut Report) {
    let mut known = Seen::new();
    for (branch, block) in par.branches.iter().enumerate() {
        walk::each(block, &mut |step| {
            let Step::Send(id) = step else { return };
            let send = &protocol.sends[id.index()];
            let key = (send.from.role, send.to.role, send.label);
            let others = known.entry(key).or_default();
            let same = |(other, first): &&(usize, &Send)| {
                *other != branch
                    && walk::overlap(&first.from.members, &send.from.members)
                    && walk::overlap(&first.to.members, &send.to.members)
            };
            if let Some((_, first)) = others.iter().find(same) {
                let label = &protocol.labels[send.label.index()].name;
                let message = format!(
                    "two branches of a `par` send `{label}` from `{}` to `{}`",
                    walk::name(protocol, &send.from),
                    walk::name(protocol, &send.to)
                );
                report.push(
                    Diagnostic::new(codes::E0309, send.label_span, message)
                        .label(first.label_span, "in another branch")
                        .help("rename one of the labels, so that the branches can be told apart"),
                );
            }
            others.push((branch, send));
        });
    }
}
