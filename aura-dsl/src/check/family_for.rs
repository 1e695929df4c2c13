//! Inside of `for i in Q` the family occurs as `Q[i]` only [E-FAM-NEST]. (SEMANTICS 3.)

use std::collections::HashMap;

use super::walk;
use crate::diag::{Diagnostic, Report, codes};
use crate::global::{Block, LoopId, Members, Protocol, RoleId, Step};
use crate::source::Span;

/// Reports every other mention of a family inside of a `for` over it.
pub(super) fn check(protocol: &Protocol, report: &mut Report) {
    let mut open = HashMap::new();
    inside(protocol, &protocol.body, &mut open, report);
}

fn inside(
    protocol: &Protocol,
    block: &Block,
    open: &mut HashMap<RoleId, (LoopId, Span)>,
    report: &mut Report,
) {
    for step in &block.steps {
        for party in walk::parties(protocol, step) {
            if let Some((id, place)) = open.get(&party.role)
                && party.members != Members::Index(*id)
            {
                report.push(nested(protocol, party.role, party.span, *place));
            }
        }
        let Step::For(round) = step else {
            for block in walk::blocks(step) {
                inside(protocol, block, open, report);
            }
            continue;
        };
        if let Some((_, place)) = open.get(&round.family) {
            report.push(nested(protocol, round.family, round.span, *place));
            continue;
        }
        open.insert(round.family, (round.id, round.span));
        inside(protocol, &round.body, open, report);
        open.remove(&round.family);
    }
}

fn nested(protocol: &Protocol, family: RoleId, span: Span, place: Span) -> Diagnostic {
    let name = &protocol.roles[family.index()].name;
    let message = format!("inside of a `for` over `{name}` only the round's member takes part");
    Diagnostic::new(codes::E0311, span, message)
        .label(place, "the `for`")
        .help("name the member by its index, or put the step behind the `for`")
}
