//! Walking over the global tree: what rules have in common, and nothing that judges.

use crate::global::{Block, Party, Protocol, Step};
use crate::source::Span;

/// The blocks directly inside of a step, in order.
pub(super) fn blocks(step: &Step) -> Vec<&Block> {
    match step {
        Step::Send(_) | Step::Continue(..) | Step::Local(_) => Vec::new(),
        Step::Choice(choice) => choice.branches.iter().map(|branch| &branch.body).collect(),
        Step::Counted(step) => vec![&step.body],
        Step::Decided(step) => vec![&step.body],
        Step::For(step) => vec![&step.body],
        Step::Rec(step) => vec![&step.body],
        Step::Par(par) => par.branches.iter().collect(),
        Step::Timeout(step) => vec![&step.body, &step.otherwise],
    }
}

/// Shows every step inside of `block`, in the order of the text.
pub(super) fn each<'p>(block: &'p Block, visit: &mut impl FnMut(&'p Step)) {
    for step in &block.steps {
        visit(step);
        for inner in blocks(step) {
            each(inner, visit);
        }
    }
}

/// The parties that a step names itself.
pub(super) fn parties<'p>(protocol: &'p Protocol, step: &'p Step) -> Vec<&'p Party> {
    match step {
        Step::Send(id) => {
            let send = &protocol.sends[id.index()];
            vec![&send.from, &send.to]
        }
        Step::Choice(choice) => vec![&choice.decider],
        Step::Decided(step) => vec![&step.decider],
        Step::Timeout(step) => vec![&step.decider],
        Step::Local(id) => vec![&protocol.locals[id.index()].at],
        Step::Counted(_) | Step::For(_) | Step::Rec(_) | Step::Continue(..) | Step::Par(_) => {
            Vec::new()
        }
    }
}

/// Where a step stands.
pub(super) fn span(protocol: &Protocol, step: &Step) -> Span {
    match step {
        Step::Send(id) => protocol.sends[id.index()].span,
        Step::Local(id) => protocol.locals[id.index()].span,
        Step::Choice(choice) => choice.span,
        Step::Counted(step) => step.span,
        Step::Decided(step) => step.span,
        Step::For(step) => step.span,
        Step::Rec(step) => step.span,
        Step::Continue(_, span) => *span,
        Step::Par(par) => par.span,
        Step::Timeout(step) => step.span,
    }
}

/// A role as printed.
pub(super) fn name<'p>(protocol: &'p Protocol, party: &Party) -> &'p str {
    &protocol.roles[party.role.index()].name
}
