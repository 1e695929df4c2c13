//! What each name in a guard means: for whoever evaluates guards.
//!
//! In: a protocol that has been checked. Out: by the place of the name, the result or field it is.

use std::collections::HashMap;

use super::{At, Item, knowledge, reads as knows};
use crate::ast::{Expr, ExprKind};
use crate::global::{Choice, LabelId, Payload, Protocol};
use crate::source::Span;

/// What a name in a guard is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Read {
    /// The result of a local step of the decider.
    Result(String),
    /// A field of a message that the decider received or sent.
    Field(LabelId, String),
}

/// What each name in the guards of a protocol is, by its place.
pub(crate) fn reads(protocol: &Protocol) -> HashMap<Span, Read> {
    let mut found = HashMap::new();
    knowledge::each(protocol, &mut |known, at| {
        let At::Choice(choice) = at else { return };
        for name in names(choice) {
            let ExprKind::Name(path) = &name.kind else {
                continue;
            };
            let has = |label| knows(known, &choice.decider, label);
            let read = match &**path {
                [only] if known.has(&choice.decider, Item::Result(&only.text)) => {
                    Some(Read::Result(only.text.clone()))
                }
                [only] => carriers(protocol, &only.text)
                    .find(|label| has(*label))
                    .map(|label| Read::Field(label, only.text.clone())),
                [label, field] => carriers(protocol, &field.text)
                    .find(|id| protocol.labels[id.index()].name == label.text && has(*id))
                    .map(|label| Read::Field(label, field.text.clone())),
                _ => None,
            };
            if let Some(read) = read {
                found.insert(name.span, read);
            }
        }
    });
    found
}

/// The labels that have a field of that name.
fn carriers<'p>(protocol: &'p Protocol, field: &'p str) -> impl Iterator<Item = LabelId> + 'p {
    let labels = (0..).zip(&protocol.labels);
    labels
        .filter(move |(_, label)| {
            matches!(&label.payload, Payload::Fields(fields)
                if fields.iter().any(|known| known.name == field))
        })
        .map(|(index, _)| LabelId(index))
}

/// Every name in the guards of a choice.
fn names(choice: &Choice) -> Vec<&Expr> {
    let mut open: Vec<&Expr> = choice
        .branches
        .iter()
        .filter_map(|branch| branch.guard.as_ref())
        .collect();
    let mut names = Vec::new();
    while let Some(expr) = open.pop() {
        match &expr.kind {
            ExprKind::Name(_) => names.push(expr),
            ExprKind::Not(inner) => open.push(inner),
            ExprKind::Binary(_, left, right) => open.extend([&**left, &**right]),
            ExprKind::Integer(_) | ExprKind::Text(_) | ExprKind::Bool(_) => {}
        }
    }
    names
}
