//! Contexts: `in` and `bridge` become the contexts of the sends inside.
//!
//! In: the contexts as written. Out: the table of contexts. What holds: a name has one kind in a
//! protocol, whether it is written before or behind the place that leaves the kind out. A context
//! inside of a different one without a bridge is reported here, because the tree that comes out no
//! longer knows how contexts were nested [E-CTX-NEST].

use std::collections::HashMap;

use super::protocol::{Here, Resolver};
use crate::ast::{self, ContextKind, Ident};
use crate::diag::{Diagnostic, codes};
use crate::global::{Context, ContextId};
use crate::source::Span;

/// What is known of the contexts so far.
#[derive(Default)]
pub(super) struct Contexts<'a> {
    index: HashMap<&'a str, ContextId>,
    /// The kind of each context, and where it was written; `None` while nobody wrote it.
    kinds: Vec<Option<(ContextKind, Span)>>,
    anonymous: Option<ContextId>,
}

impl<'a> Resolver<'a, '_> {
    /// The contexts that a protocol's first steps stand in: its own one, else the caller's; and the
    /// one that a bridge around the call leaves.
    pub(super) fn around(
        &mut self,
        protocol: &'a ast::Protocol,
        here: Here,
    ) -> (Option<ContextId>, Option<ContextId>) {
        let own = protocol.context.as_ref();
        let own = own.map(|context| self.context(Some(context.kind), &context.name));
        (own.or(here.context.map(|(id, _)| id)), here.bridge)
    }

    /// Goes into `in KIND name`.
    pub(super) fn enter(&mut self, context: &'a ast::Context, here: Here) -> Here {
        let id = self.context(Some(context.kind), &context.name);
        self.nested(id, &context.name, here);
        Here {
            context: Some((id, context.name.span)),
            ..here
        }
    }

    /// Goes into `bridge from A to B`.
    pub(super) fn cross(&mut self, bridge: &'a ast::Bridge, here: Here) -> Here {
        let from = self.context(bridge.from.0, &bridge.from.1);
        let to = self.context(bridge.to.0, &bridge.to.1);
        self.nested(from, &bridge.from.1, here);
        Here {
            context: Some((to, bridge.to.1.span)),
            bridge: Some(from),
            ..here
        }
    }

    /// The context of a send.
    pub(super) fn context_of(&mut self, here: Here) -> ContextId {
        if let Some((id, _)) = here.context {
            return id;
        }
        if let Some(id) = self.contexts.anonymous {
            return id;
        }
        let span = self.out.span;
        let id = self.add_context(None, Some((ContextKind::Group, span)), span);
        self.contexts.anonymous = Some(id);
        id
    }

    fn nested(&mut self, id: ContextId, name: &Ident, here: Here) {
        let Some((outer, span)) = here.context.filter(|(outer, _)| *outer != id) else {
            return;
        };
        let outer_name = self.out.contexts[outer.index()].name.as_deref();
        let outer_name = outer_name.unwrap_or("the anonymous group");
        let message = format!(
            "`{}` stands inside of another context, `{outer_name}`",
            name.text
        );
        let help = format!("write `bridge from {outer_name} to {} {{ .. }}`", name.text);
        self.stage.report.push(
            Diagnostic::new(codes::E0603, name.span, message)
                .label(span, "the context around it")
                .help(help),
        );
    }

    fn context(&mut self, kind: Option<ContextKind>, name: &'a Ident) -> ContextId {
        let kind = kind.map(|kind| (kind, name.span));
        let Some(&id) = self.contexts.index.get(&*name.text) else {
            let id = self.add_context(Some(&name.text), kind, name.span);
            self.contexts.index.insert(&name.text, id);
            return id;
        };
        let Some((kind, _)) = kind else { return id };
        match self.contexts.kinds[id.index()] {
            None => self.contexts.kinds[id.index()] = Some((kind, name.span)),
            Some((first, _)) if first == kind => {}
            Some((_, span)) => {
                let message = format!("the context `{}` has two kinds", name.text);
                self.stage.report.push(
                    Diagnostic::new(codes::E0226, name.span, message)
                        .label(span, "it has another kind here")
                        .help("rename one of the two"),
                );
            }
        }
        id
    }

    fn add_context(
        &mut self,
        name: Option<&str>,
        kind: Option<(ContextKind, Span)>,
        span: Span,
    ) -> ContextId {
        let id = ContextId::of(self.out.contexts.len());
        self.contexts.kinds.push(kind);
        self.out.contexts.push(Context {
            name: name.map(str::to_owned),
            kind: ContextKind::Group,
            span,
        });
        id
    }

    /// Writes the kinds into the table and reports contexts whose kind nobody wrote.
    pub(super) fn finish_contexts(&mut self) {
        if self.out.contexts.is_empty() {
            let here = Here {
                tail: true,
                context: None,
                bridge: None,
            };
            self.context_of(here);
        }
        for (context, kind) in self.out.contexts.iter_mut().zip(&self.contexts.kinds) {
            if let Some((kind, _)) = kind {
                context.kind = *kind;
                continue;
            }
            let name = context.name.as_deref().unwrap_or_default();
            let message = format!("the kind of the context `{name}` is said nowhere");
            let help = format!("write `relationship {name}`, `group {name}` or `derived {name}`");
            let diagnostic = Diagnostic::new(codes::E0226, context.span, message).help(help);
            self.stage.report.push(diagnostic);
        }
    }
}
