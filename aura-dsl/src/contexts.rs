//! Contexts: who carries what out of which context (SEMANTICS 5).
//!
//! In: a protocol. Out: its [`Contexts`], or an error for each send by which a role would carry
//! something from one context into another without a bridge, and for each message outside of
//! every context where others stand in one.
//!
//! A role that receives in a context is tainted with it. The rule is stated over the automaton;
//! this reads the tree, which gives the same sets. The automaton orders the steps as the tree
//! does: a sequence concatenates, a choice forks and meets again, a loop or recursion leads back
//! to its head, where this takes the least fixpoint; the decision of a timeout stands behind its
//! guarded segment (module `guarded`). A `par` is a sequence of its branches there, between a
//! fork, which copies the taint of a role to its threads, and a join, which unites it; here each
//! branch starts with the taint of the fork, which is the same because branches share no thread.
//! Members of a family are interchangeable except for those with constant indices and the one of a
//! `for`'s round, so one entry stands for all others.

mod flow;
mod tables;

pub(crate) use tables::tables;

use std::collections::{BTreeMap, BTreeSet};

use crate::diag::{Diagnostic, Report, codes};
use crate::global::{ContextId, Protocol, RoleId, Send, SendId};

/// The contexts of a protocol, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contexts {
    /// One entry for each context that some message stands in.
    pub contexts: Vec<InContext>,
    /// One entry for each pair of contexts with a bridge between them.
    pub bridges: Vec<Bridge>,
}

/// A context and who takes part in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InContext {
    /// Which.
    pub context: ContextId,
    /// Its messages, in the order of the text.
    pub sends: Vec<SendId>,
    /// The roles that send or receive in it.
    pub roles: BTreeSet<RoleId>,
    /// The roles that receive in it and so know of it, with the first such step.
    pub tainted: BTreeMap<RoleId, SendId>,
}

/// Messages that carry something from one context into another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bridge {
    /// The context that is left.
    pub from: ContextId,
    /// The context of the messages.
    pub to: ContextId,
    /// The messages, in the order of the text.
    pub sends: Vec<SendId>,
    /// The roles that send them.
    pub roles: BTreeSet<RoleId>,
}

/// Checks the contexts of a protocol.
pub fn contexts(protocol: &Protocol) -> Result<Contexts, Report> {
    let mut report = Report::default();
    without_context(protocol, &mut report);
    if protocol.contexts.len() > 1 && !report.has_errors() {
        flow::missing_bridges(protocol, &mut report);
    }
    if report.has_errors() {
        report.sort();
        return Err(report);
    }
    Ok(tables(protocol))
}

/// Either no message names a context, or all do.
fn without_context(protocol: &Protocol, report: &mut Report) {
    let anonymous = |send: &&Send| {
        let context = protocol.contexts.get(send.terms.context.index());
        context.is_some_and(|context| context.name.is_none())
    };
    let Some(named) = protocol.sends.iter().find(|send| !anonymous(send)) else {
        return;
    };
    for send in protocol.sends.iter().filter(anonymous) {
        let label = label(protocol, send);
        let message = format!("`{label}` stands in no context, while other messages do");
        let diagnostic = Diagnostic::new(codes::E0602, send.label_span, message)
            .label(named.label_span, "this message stands in a context")
            .help("put the message into an `in` block, or the whole body by `in group NAME;`");
        report.push(diagnostic);
    }
}

fn label<'a>(protocol: &'a Protocol, send: &Send) -> &'a str {
    let label = protocol.labels.get(send.label.index());
    label.map_or("?", |label| label.name.as_str())
}

fn context_name(protocol: &Protocol, id: ContextId) -> &str {
    let context = protocol.contexts.get(id.index());
    let name = context.and_then(|context| context.name.as_deref());
    name.unwrap_or("the anonymous group")
}
