//! Labels and what they carry.
//!
//! In: a label with its payload as written. Out: the label's id. What holds: one label carries one
//! payload in a protocol, whatever is inlined into it, and a declared message carries its fields.

use super::declare;
use super::protocol::Resolver;
use super::types;
use crate::ast::{self, Ident, TypeKind};
use crate::diag::{Diagnostic, codes};
use crate::global::{Label, LabelId, Payload, PayloadField, TypeDeclKind};
use crate::source::Span;

impl<'a> Resolver<'a, '_> {
    /// The id of a label, which must carry the same wherever it stands.
    pub(super) fn label(&mut self, name: &'a Ident, written: &'a ast::Payload) -> LabelId {
        let known = self.label_index.get(&*name.text).copied();
        // A declared message or a unit label that is repeated bare cannot disagree.
        if let (Some(id), ast::Payload::Bare) = (known, written) {
            let declared = self.stage.declared.types.find(&name.text);
            let message =
                declared.is_some_and(|decl| matches!(decl.kind, TypeDeclKind::Message(_)));
            if !message && self.out.labels[id.index()].payload != Payload::Unit {
                self.disagree(name, id);
            }
            return id;
        }
        let (payload, span) = self.payload(name, written);
        if let Some(id) = known {
            if !same(&self.out.labels[id.index()].payload, &payload) {
                self.disagree(name, id);
            }
            return id;
        }
        let id = LabelId::of(self.out.labels.len());
        self.label_index.insert(&name.text, id);
        self.out.labels.push(Label {
            name: name.text.clone(),
            payload,
            span,
        });
        id
    }

    fn disagree(&mut self, name: &Ident, id: LabelId) {
        let message = format!("the label `{}` carries something else elsewhere", name.text);
        let first = self.out.labels[id.index()].span;
        self.stage.report.push(
            Diagnostic::new(codes::E0221, name.span, message)
                .label(first, "its payload stands here")
                .help("one label has one payload in a protocol; rename one of the two"),
        );
    }

    /// What a label carries, and where that is said first.
    fn payload(&mut self, name: &Ident, written: &ast::Payload) -> (Payload, Span) {
        let declared = self.stage.declared;
        let decl = declared.types.find(&name.text);
        let message = decl.and_then(|decl| match &decl.kind {
            TypeDeclKind::Message(fields) => Some((fields, decl.span)),
            _ => None,
        });
        let payload = match written {
            ast::Payload::Bare => Payload::Unit,
            ast::Payload::Types { types, .. } => {
                let types = types.clone();
                for ty in &types {
                    declared.types.check(ty, self.stage.report);
                }
                if types.is_empty() {
                    Payload::Unit
                } else {
                    Payload::Types(types)
                }
            }
            ast::Payload::Fields(fields) => {
                declare::unique_fields(fields, self.stage.report);
                for field in fields {
                    declared.types.check(&field.ty, self.stage.report);
                }
                carries(declare::fields(fields))
            }
        };
        let Some((fields, span)) = message else {
            return (payload, name.span);
        };
        let carried = carries(fields.clone());
        let agrees = match written {
            ast::Payload::Bare => true,
            ast::Payload::Types { types, .. } => names_itself(name, types),
            ast::Payload::Fields(_) => same(&payload, &carried),
        };
        if !agrees {
            let message = format!(
                "the message `{}` is declared with another payload",
                name.text
            );
            self.stage.report.push(
                Diagnostic::new(codes::E0222, name.span, message)
                    .label(span, "declared here")
                    .help(format!(
                        "write `{}` alone, it carries what is declared",
                        name.text
                    )),
            );
        }
        (carried, span)
    }
}

fn carries(fields: Vec<PayloadField>) -> Payload {
    if fields.is_empty() {
        Payload::Unit
    } else {
        Payload::Fields(fields)
    }
}

/// `X(X)`, the declared message written out.
fn names_itself(name: &Ident, types: &[ast::Type]) -> bool {
    let [ty] = types else { return false };
    matches!(&ty.kind, TypeKind::Path { segments, args }
        if args.is_empty() && matches!(&**segments, [one] if one.text == name.text))
}

fn same(a: &Payload, b: &Payload) -> bool {
    match (a, b) {
        (Payload::Unit, Payload::Unit) => true,
        (Payload::Types(a), Payload::Types(b)) => types::all_alike(a, b),
        (Payload::Fields(a), Payload::Fields(b)) => {
            let equal = |(a, b): (&PayloadField, &PayloadField)| {
                a.name == b.name && types::alike(&a.ty, &b.ty)
            };
            a.len() == b.len() && a.iter().zip(b).all(equal)
        }
        _ => false,
    }
}
