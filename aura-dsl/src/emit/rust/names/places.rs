//! Where rustc shows what was generated: at the token of the source that it comes from.

use proc_macro2::Span;

use super::Catalogue;
use crate::emit::name::children;
use crate::global::{ParId, SendId, Step};
use crate::local::{Action, Owner};
use crate::source;

impl Catalogue<'_> {
    /// Where rustc shows a place of the source.
    pub(in crate::emit::rust) fn place(&self, span: source::Span) -> Span {
        (self.places)(span)
    }

    /// Where rustc shows what is done: at the label, the step, or the `par`.
    pub(in crate::emit::rust) fn place_of(&self, action: &Action, owner: &Owner) -> Span {
        let send = |send: SendId| self.protocol.sends[send.index()].label_span;
        self.place(match action {
            Action::Send { send: id, .. }
            | Action::Broadcast { send: id, .. }
            | Action::Receive { send: id, .. }
            | Action::Exchange { send: id, .. } => send(*id),
            Action::Gather { answers, .. } => match answers.first() {
                Some((_, id)) => send(*id),
                None => self.role_span(owner),
            },
            Action::Decide { span, .. } => *span,
            Action::Local(id) => self.protocol.locals[id.index()].span,
            Action::Arm { .. } => self.role_span(owner),
            Action::Fork { par, .. } => {
                let span = self.par_span(*par);
                span.unwrap_or_else(|| self.role_span(owner))
            }
        })
    }

    /// Where the owner of a machine is declared.
    pub(in crate::emit::rust) fn role_span(&self, owner: &Owner) -> source::Span {
        self.protocol.roles[owner.role.index()].span
    }

    fn par_span(&self, id: ParId) -> Option<source::Span> {
        let mut blocks = vec![&self.protocol.body];
        while let Some(block) = blocks.pop() {
            for step in &block.steps {
                match step {
                    Step::Par(par) if par.id == id => return Some(par.span),
                    other => blocks.extend(children(other)),
                }
            }
        }
        None
    }
}
